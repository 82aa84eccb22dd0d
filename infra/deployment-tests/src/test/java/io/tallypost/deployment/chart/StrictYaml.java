package io.tallypost.deployment.chart;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * Reads YAML into Kubernetes' objects as a cluster does that refuses what it does not know: a field
 * that is not there, a key given twice, a number or a boolean where text must be.
 */
final class StrictYaml {
  private static final ObjectMapper MAPPER = mapper();

  private StrictYaml() {}

  /** The documents of a text, but for empty ones. */
  static List<Map<String, Object>> documents(String text) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setCodePointLimit(16 * 1024 * 1024);
    return StreamSupport.stream(new Yaml(options).loadAll(text).spliterator(), false)
        .filter(Map.class::isInstance)
        .map(StrictYaml::map)
        .toList();
  }

  /**
   * A document as an object.
   *
   * @throws IllegalArgumentException if it has what the object has not, with the path to it
   */
  static <T> T as(Map<String, Object> document, Class<T> type) {
    return MAPPER.convertValue(document, type);
  }

  @SuppressWarnings("unchecked") // YAML's maps, whose keys are text in all that Kubernetes takes
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static ObjectMapper mapper() {
    var mapper =
        JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .withCoercionConfig(
                LogicalType.Textual,
                config -> {
                  config.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
                  config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                  config.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                })
            .annotationIntrospector(new NoDrawers())
            .build();
    return mapper;
  }

  /** The models have a drawer for unknown fields, which would take them all. */
  private static final class NoDrawers extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }
  }
}
