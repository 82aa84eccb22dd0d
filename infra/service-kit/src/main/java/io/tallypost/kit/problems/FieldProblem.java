package io.tallypost.kit.problems;

/**
 * What is wrong with one part of a request.
 *
 * @param pointer where, as a JSON Pointer (RFC 6901) into the body
 * @param detail what, and what to do; never repeats the value
 */
public record FieldProblem(String pointer, String detail) {}
