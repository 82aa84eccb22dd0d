{{- define "tallypost.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What the names of all objects begin with. */}}
{{- define "tallypost.fullname" -}}
{{- $name := include "tallypost.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* (dict "root" $ "component" "intake-service"); the component is what alerts call `job`. */}}
{{- define "tallypost.selector" -}}
app.kubernetes.io/name: {{ include "tallypost.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Of pods: without the chart's version, which would restart them. */}}
{{- define "tallypost.podLabels" -}}
{{ include "tallypost.selector" . }}
app.kubernetes.io/part-of: tallypost
{{- end -}}

{{- define "tallypost.labels" -}}
{{ include "tallypost.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "tallypost.publicUrl" -}}
{{- if .Values.publicUrl -}}
{{- .Values.publicUrl -}}
{{- else if .Values.ingress.enabled -}}
{{- printf "%s://%s" (ternary "https" "http" (ne .Values.ingress.tlsSecret "")) .Values.ingress.host -}}
{{- else -}}
{{- printf "http://%s-intake-service:8080" (include "tallypost.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- define "tallypost.bootstrapServers" -}}
{{- if .Values.bundled.kafka.enabled -}}
{{- printf "%s-kafka:9092" (include "tallypost.fullname" .) -}}
{{- else -}}
{{- .Values.kafka.bootstrapServers -}}
{{- end -}}
{{- end -}}

{{- define "tallypost.databaseUrl" -}}
{{- if .Values.bundled.postgresql.enabled -}}
{{- printf "jdbc:postgresql://%s-postgresql:5432/tallypost" (include "tallypost.fullname" .) -}}
{{- else -}}
{{- $mode := include "tallypost.databaseTlsMode" . -}}
{{- with .Values.database -}}
jdbc:postgresql://{{ .host }}:{{ .port }}/{{ .name }}?sslmode={{ $mode }}
{{- if .tls.caSecret }}&sslrootcert=/etc/tallypost/database-ca/{{ .tls.caKey }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "tallypost.otlpEndpoint" -}}
{{- if .Values.bundled.jaeger.enabled -}}
{{- printf "http://%s-jaeger:4318" (include "tallypost.fullname" .) -}}
{{- else -}}
{{- .Values.tracing.otlpEndpoint -}}
{{- end -}}
{{- end -}}

{{/* Whether Kafka is reached by TLS; mtls cannot do without. */}}
{{- define "tallypost.kafkaTls" -}}
{{- if not .Values.bundled.kafka.enabled -}}
{{- $asked := .Values.kafka.tls.enabled -}}
{{- if or (ternary (not .Values.trial) $asked (kindIs "invalid" $asked)) (eq .Values.kafka.auth.mechanism "mtls") }}true{{ end -}}
{{- end -}}
{{- end -}}

{{/* How the services log in at Kafka. */}}
{{- define "tallypost.kafkaMechanism" -}}
{{- if .Values.bundled.kafka.enabled -}}
none
{{- else -}}
{{- .Values.kafka.auth.mechanism | default (ternary "none" "scram-sha-512" .Values.trial) -}}
{{- end -}}
{{- end -}}

{{/* The Secret of a service's login at Kafka: (dict "root" $ "service" .Values.intake) */}}
{{- define "tallypost.kafkaSecret" -}}
{{- .service.kafkaSecret | default .root.Values.kafka.auth.existingSecret -}}
{{- end -}}

{{- define "tallypost.databaseTlsMode" -}}
{{- .Values.database.tls.mode | default (ternary "disable" "verify-full" .Values.trial) -}}
{{- end -}}

{{/* The Secret of the one login of the database for all services; empty where each has its own. */}}
{{- define "tallypost.sharedDatabaseSecret" -}}
{{- .Values.database.existingSecret | default (ternary "tallypost-database" "" .Values.trial) -}}
{{- end -}}

{{/* The Secret of a service's login of the database: (dict "root" $ "service" .Values.intake) */}}
{{- define "tallypost.databaseSecret" -}}
{{- $shared := include "tallypost.sharedDatabaseSecret" .root -}}
{{- if .root.Values.bundled.postgresql.enabled }}{{ $shared }}{{ else }}{{ .service.databaseSecret | default $shared }}{{ end -}}
{{- end -}}

{{/* Whether Jobs bring the schemas forward, and not the services. */}}
{{- define "tallypost.migrationJobs" -}}
{{- if and .Values.database.migrations.existingSecret (not .Values.bundled.postgresql.enabled) }}true{{ end -}}
{{- end -}}

{{/* Where the certificate of PostgreSQL's authority is, if it is named. */}}
{{- define "tallypost.databaseCa" -}}
{{- if not .Values.bundled.postgresql.enabled }}{{ .Values.database.tls.caSecret }}{{ end -}}
{{- end -}}

{{/* A service's image: (dict "root" $ "component" "intake-service") */}}
{{- define "tallypost.image" -}}
{{- $ := .root.Values.image -}}
{{- with $.registry }}{{ . }}/{{ end }}{{ $.repository }}/{{ .component }}
{{- with index $.digests .component }}@{{ . }}{{ else }}:{{ $.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* What the containers of all pods may not do. */}}
{{- define "tallypost.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* (dict "uid" 1000) */}}
{{- define "tallypost.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .uid }}
runAsGroup: {{ .uid }}
fsGroup: {{ .uid }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tallypost.pullSecrets" -}}
{{- with .Values.image.pullSecrets -}}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* A secret that a service reads as a file, by its variable's or property's name: (dict "secret" … "key" … "file" …) */}}
{{- define "tallypost.secretFile" -}}
- {{ dict "secret" (dict "name" .secret "items" (list (dict "key" .key "path" .file))) | toJson }}
{{- end -}}

{{/* The volume of such files, which the services look for at /etc/tallypost/secrets: lines of tallypost.secretFile */}}
{{- define "tallypost.secretsVolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- . | nindent 6 }}
{{- end -}}

{{- define "tallypost.secretsMount" -}}
- name: secrets
  mountPath: /etc/tallypost/secrets
  readOnly: true
{{- end -}}

{{/* One file of a Secret in a volume of its own: (dict "name" … "secret" … "key" …) */}}
{{- define "tallypost.fileVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items:
      - key: {{ .key }}
        path: {{ .key }}
{{- end -}}

{{/* A variable, unless it is empty: (list name value) */}}
{{- define "tallypost.optional" -}}
{{- with index . 1 }}
- name: {{ index $ 0 }}
  value: {{ . | toString | quote }}
{{- end }}
{{- end -}}
