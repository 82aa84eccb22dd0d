package io.tallypost.deployment.chart;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * KEDA's, as far as the chart has it (https://keda.sh/docs/latest/reference/scaledobject-spec/):
 * there is no library of its models for Java.
 */
record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

  record Spec(
      Target scaleTargetRef,
      @Nullable Integer pollingInterval,
      @Nullable Integer cooldownPeriod,
      int minReplicaCount,
      int maxReplicaCount,
      List<Trigger> triggers,
      @Nullable Fallback fallback,
      @Nullable Advanced advanced) {}

  record Target(String name) {}

  record Trigger(String type, Map<String, String> metadata) {}

  record Fallback(int failureThreshold, int replicas, String behavior) {}

  record Advanced(Hpa horizontalPodAutoscalerConfig) {}

  record Hpa(HorizontalPodAutoscalerBehavior behavior) {}
}
