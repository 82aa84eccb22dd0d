package io.tallypost.intake;

import java.io.IOException;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows the description of all services' REST API, which is docs/api/openapi.json. */
@RestController
class ApiDescriptionController {

  /** As bytes: of a file the framework would answer parts too, and 416 with all of it. */
  @GetMapping("/openapi.json")
  ResponseEntity<byte[]> description() throws IOException {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(new ClassPathResource("api/openapi.json").getContentAsByteArray());
  }
}
