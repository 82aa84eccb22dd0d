package io.posthorn.intake.json;

/**
 * One thing that is wrong with a body.
 *
 * @param pointer where, as a JSON pointer (RFC 6901); empty for the whole body
 * @param detail what, in words that follow the field's name; never repeats a value
 */
public record Fault(String pointer, String detail) {}
