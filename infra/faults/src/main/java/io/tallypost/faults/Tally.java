package io.tallypost.faults;

import java.time.Duration;

/**
 * What came of a run.
 *
 * @param accepted requests that were answered 202
 * @param lost of them, those without an end, or approved and never seen by the sink
 * @param invented mails that the sink saw, and that were not asked for or not approved
 * @param copies mails that the sink saw more often than once, each further time counted
 * @param drift what was charged beyond the recipients that were approved
 * @param deadLetters how many there are
 * @param unanswered requests that got no answer but 5xx however often they were repeated
 * @param recovery the longest that a mail waited
 */
record Tally(
    int accepted,
    long lost,
    long invented,
    long copies,
    long drift,
    long deadLetters,
    long unanswered,
    Duration recovery) {}
