package io.posthorn.web;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What holds for every REST answer.
 *
 * @param maxBody the largest request body; larger ones are answered 413. Kafka's limits must carry
 *     it.
 */
@ConfigurationProperties("posthorn.web")
record WebSettings(@DefaultValue("1MB") DataSize maxBody) {}
