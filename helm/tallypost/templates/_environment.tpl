{{/* The variables that every service has: (dict "root" $ "service" .Values.intake) */}}
{{- define "tallypost.environment" -}}
{{- $ := .root -}}
- name: LOG_LEVEL
  value: {{ $.Values.log.level | quote }}
- name: LOG_FORMAT
  value: {{ $.Values.log.format | quote }}
- name: TRACING_SAMPLE_RATIO
  value: {{ $.Values.tracing.sampleRatio | toString | quote }}
{{- include "tallypost.optional" (list "OTEL_EXPORTER_OTLP_ENDPOINT" (include "tallypost.otlpEndpoint" $)) }}
{{- include "tallypost.optional" (list "TRACING_UI_URL" $.Values.tracing.uiUrl) }}
{{- include "tallypost.optional" (list "TRUSTED_PROXIES" (join "," $.Values.trustedProxies)) }}
{{ include "tallypost.kafkaEnvironment" . }}
{{- end -}}

{{- define "tallypost.kafkaEnvironment" -}}
{{- $ := .root -}}
{{- $kafka := $.Values.kafka -}}
{{- $bundled := $.Values.bundled.kafka.enabled -}}
- name: KAFKA_BOOTSTRAP_SERVERS
  value: {{ include "tallypost.bootstrapServers" $ | quote }}
- name: KAFKA_REPLICATION_FACTOR
  value: {{ ternary 1 $kafka.topics.replicationFactor $bundled | int64 | toString | quote }}
- name: KAFKA_MIN_INSYNC_REPLICAS
  value: {{ ternary 1 $kafka.topics.minInsyncReplicas $bundled | int64 | toString | quote }}
- name: TALLYPOST_TOPICS_PARTITIONS
  value: {{ $kafka.topics.partitions | int64 | toString | quote }}
- name: TALLYPOST_TOPICS_SMALL_PARTITIONS
  value: {{ $kafka.topics.smallPartitions | int64 | toString | quote }}
{{- if not $kafka.checkOffsetsRetention }}
- name: TALLYPOST_TOPICS_CHECK_OFFSETS_RETENTION
  value: "false"
{{- end }}
{{- $tls := include "tallypost.kafkaTls" $ }}
{{- $mechanism := include "tallypost.kafkaMechanism" $ }}
{{- $scram := hasPrefix "scram-" $mechanism }}
{{- if or $tls $scram }}
- name: SPRING_KAFKA_SECURITY_PROTOCOL
  value: {{ printf "%s%s" (ternary "SASL_" "" $scram) (ternary "SSL" "PLAINTEXT" (eq $tls "true")) }}
{{- end }}
{{- if and $tls $kafka.tls.caSecret }}
- name: SPRING_KAFKA_SSL_TRUST_STORE_TYPE
  value: PEM
- name: SPRING_KAFKA_SSL_TRUST_STORE_LOCATION
  value: file:/etc/tallypost/kafka-ca/{{ $kafka.tls.caKey }}
{{- end }}
{{- if $scram }}
- name: SPRING_KAFKA_PROPERTIES_SASL_MECHANISM
  value: {{ upper $mechanism }}
- name: SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG
  # The service puts in what it reads from the files of these names.
  value: org.apache.kafka.common.security.scram.ScramLoginModule required username="${KAFKA_USERNAME}" password="${KAFKA_PASSWORD}";
{{- else if eq $mechanism "mtls" }}
- name: SPRING_KAFKA_SSL_KEY_STORE_TYPE
  value: PEM
{{- end }}
{{- end -}}

{{/* The files of a service's login at Kafka. */}}
{{- define "tallypost.kafkaFiles" -}}
{{- $kafka := .root.Values.kafka.auth -}}
{{- $secret := include "tallypost.kafkaSecret" . -}}
{{- $mechanism := include "tallypost.kafkaMechanism" .root -}}
{{- if hasPrefix "scram-" $mechanism -}}
{{ include "tallypost.secretFile" (dict "secret" $secret "key" $kafka.usernameKey "file" "KAFKA_USERNAME") }}
{{ include "tallypost.secretFile" (dict "secret" $secret "key" $kafka.passwordKey "file" "KAFKA_PASSWORD") }}
{{- else if eq $mechanism "mtls" -}}
{{ include "tallypost.secretFile" (dict "secret" $secret "key" $kafka.certificateKey "file" "spring.kafka.ssl.key-store-certificate-chain") }}
{{ include "tallypost.secretFile" (dict "secret" $secret "key" $kafka.privateKeyKey "file" "spring.kafka.ssl.key-store-key") }}
{{- end -}}
{{- end -}}

{{- define "tallypost.databaseEnvironment" -}}
- name: DATABASE_URL
  value: {{ include "tallypost.databaseUrl" .root | quote }}
{{- if include "tallypost.migrationJobs" .root }}
# Their Job has done it.
- name: DATABASE_MIGRATE
  value: "false"
{{- end }}
{{- end -}}

{{- define "tallypost.databaseFiles" -}}
{{- $database := .root.Values.database -}}
{{- $secret := include "tallypost.databaseSecret" . -}}
{{ include "tallypost.secretFile" (dict "secret" $secret "key" $database.usernameKey "file" "DATABASE_USER") }}
{{ include "tallypost.secretFile" (dict "secret" $secret "key" $database.passwordKey "file" "DATABASE_PASSWORD") }}
{{- end -}}

{{/* For the two services that seal and open relays' passwords. */}}
{{- define "tallypost.relayEnvironment" -}}
{{- with .Values.relays -}}
- name: ALLOW_INTERNAL_RELAYS
  value: {{ .allowInternalHosts | toString | quote }}
- name: RELAY_PORTS
  value: {{ join "," .ports | quote }}
{{- if .encryptionKeys.existingSecret }}
- name: EMAIL_ENCRYPTION_KEY_FILE
  value: /etc/tallypost/encryption-keys/{{ .encryptionKeys.key }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Tells a process from others, and is the same after a restart of the container: Kafka then ends at once what the
     predecessor left open. */}}
{{- define "tallypost.instanceEnvironment" -}}
- name: TALLYPOST_INSTANCE
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end -}}

{{/* The values' own variables, those of the service over those of all. */}}
{{- define "tallypost.furtherEnvironment" -}}
{{- range $name, $value := merge (dict) .service.env .root.Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}
