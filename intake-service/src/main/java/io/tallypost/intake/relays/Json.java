package io.tallypost.intake.relays;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.UnreadableRecordException;
import java.sql.JDBCType;
import java.util.Objects;
import org.postgresql.util.PGobject;
import org.springframework.core.convert.converter.Converter;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.data.convert.ReadingConverter;
import org.springframework.data.convert.WritingConverter;
import org.springframework.data.jdbc.core.mapping.JdbcValue;

/**
 * The value of a column of type jsonb. It is parsed behind the repository: what a later build wrote
 * is then a failure of the data, as everywhere, and not one of a converter.
 */
record Json(String text) {

  static Json of(Object value) {
    return new Json(new String(EventJson.write(value), UTF_8));
  }

  /**
   * The value.
   *
   * @throws DataRetrievalFailureException if this build cannot read it
   */
  <T> T as(Class<T> type) {
    try {
      return EventJson.read(text.getBytes(UTF_8), type);
    } catch (UnreadableRecordException e) {
      throw new DataRetrievalFailureException("the column is not what this build writes", e);
    }
  }

  @WritingConverter
  static final class Writing implements Converter<Json, JdbcValue> {
    @Override
    public JdbcValue convert(Json json) {
      return JdbcValue.of(json.text, JDBCType.OTHER);
    }
  }

  @ReadingConverter
  static final class Reading implements Converter<PGobject, Json> {
    @Override
    public Json convert(PGobject column) {
      return new Json(Objects.requireNonNull(column.getValue()));
    }
  }
}
