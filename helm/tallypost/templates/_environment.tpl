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
{{- $trial := $.Values.trial.kafka.enabled -}}
- name: KAFKA_BOOTSTRAP_SERVERS
  value: {{ include "tallypost.bootstrapServers" $ | quote }}
- name: KAFKA_REPLICATION_FACTOR
  value: {{ ternary 1 $kafka.topics.replicationFactor $trial | int64 | toString | quote }}
- name: KAFKA_MIN_INSYNC_REPLICAS
  value: {{ ternary 1 $kafka.topics.minInsyncReplicas $trial | int64 | toString | quote }}
- name: TALLYPOST_TOPICS_PARTITIONS
  value: {{ $kafka.topics.partitions | int64 | toString | quote }}
- name: TALLYPOST_TOPICS_SMALL_PARTITIONS
  value: {{ $kafka.topics.smallPartitions | int64 | toString | quote }}
{{- if not $kafka.checkOffsetsRetention }}
- name: TALLYPOST_TOPICS_CHECK_OFFSETS_RETENTION
  value: "false"
{{- end }}
{{- if not $trial }}
{{- $tls := include "tallypost.kafkaTls" $ }}
{{- $scram := hasPrefix "scram-" $kafka.auth.mechanism }}
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
{{- $secret := .service.kafkaSecret | default $kafka.auth.existingSecret }}
{{- if ne $kafka.auth.mechanism "none" }}
{{- $_ := required (printf "kafka.auth.mechanism is %s: kafka.auth.existingSecret, or each service's kafkaSecret, must name the Secret with the login" $kafka.auth.mechanism) $secret }}
{{- end }}
{{- if $scram }}
{{ include "tallypost.fromSecret" (dict "name" "KAFKA_USERNAME" "secret" $secret "key" $kafka.auth.usernameKey) }}
{{ include "tallypost.fromSecret" (dict "name" "KAFKA_PASSWORD" "secret" $secret "key" $kafka.auth.passwordKey) }}
- name: SPRING_KAFKA_PROPERTIES_SASL_MECHANISM
  value: {{ upper $kafka.auth.mechanism }}
- name: SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG
  # Kubernetes puts in the two variables above.
  value: org.apache.kafka.common.security.scram.ScramLoginModule required username="$(KAFKA_USERNAME)" password="$(KAFKA_PASSWORD)";
{{- else if eq $kafka.auth.mechanism "mtls" }}
- name: SPRING_KAFKA_SSL_KEY_STORE_TYPE
  value: PEM
{{ include "tallypost.fromSecret" (dict "name" "SPRING_KAFKA_SSL_KEY_STORE_CERTIFICATE_CHAIN" "secret" $secret "key" $kafka.auth.certificateKey) }}
{{ include "tallypost.fromSecret" (dict "name" "SPRING_KAFKA_SSL_KEY_STORE_KEY" "secret" $secret "key" $kafka.auth.privateKeyKey) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "tallypost.databaseEnvironment" -}}
{{- $ := .root -}}
{{- $secret := ternary "" .service.databaseSecret $.Values.trial.postgresql.enabled | default $.Values.database.existingSecret -}}
{{- $_ := required "database.existingSecret, or each service's databaseSecret, must name the Secret with PostgreSQL's login" $secret -}}
- name: DATABASE_URL
  value: {{ include "tallypost.databaseUrl" $ | quote }}
{{ include "tallypost.fromSecret" (dict "name" "DATABASE_USER" "secret" $secret "key" $.Values.database.usernameKey) }}
{{ include "tallypost.fromSecret" (dict "name" "DATABASE_PASSWORD" "secret" $secret "key" $.Values.database.passwordKey) }}
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
