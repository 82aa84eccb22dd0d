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
{{- if .Values.trial.kafka.enabled -}}
{{- printf "%s-kafka:9092" (include "tallypost.fullname" .) -}}
{{- else -}}
{{- .Values.kafka.bootstrapServers -}}
{{- end -}}
{{- end -}}

{{- define "tallypost.databaseUrl" -}}
{{- if .Values.trial.postgresql.enabled -}}
{{- printf "jdbc:postgresql://%s-postgresql:5432/tallypost" (include "tallypost.fullname" .) -}}
{{- else -}}
{{- with .Values.database -}}
jdbc:postgresql://{{ .host }}:{{ .port }}/{{ .name }}?sslmode={{ .tls.mode }}
{{- if .tls.caSecret }}&sslrootcert=/etc/tallypost/database-ca/{{ .tls.caKey }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "tallypost.otlpEndpoint" -}}
{{- if .Values.trial.jaeger.enabled -}}
{{- printf "http://%s-jaeger:4318" (include "tallypost.fullname" .) -}}
{{- else -}}
{{- .Values.tracing.otlpEndpoint -}}
{{- end -}}
{{- end -}}

{{/* Whether Kafka is reached by TLS; mtls cannot do without. */}}
{{- define "tallypost.kafkaTls" -}}
{{- if and (not .Values.trial.kafka.enabled) (or .Values.kafka.tls.enabled (eq .Values.kafka.auth.mechanism "mtls")) }}true{{ end -}}
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

{{/* A variable from a Secret: (dict "name" … "secret" … "key" …) */}}
{{- define "tallypost.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end -}}

{{/* A variable, unless it is empty: (list name value) */}}
{{- define "tallypost.optional" -}}
{{- with index . 1 }}
- name: {{ index $ 0 }}
  value: {{ . | toString | quote }}
{{- end }}
{{- end -}}
