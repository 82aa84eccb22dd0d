package io.tallypost.faults.scene;

import java.time.Duration;

/**
 * The result of a run.
 *
 * @param accepted requests that were answered 202
 * @param lost of them, those without an end, or approved and never seen by the sink
 * @param invented mails at the sink that were not requested or not approved
 * @param copies mails that the sink saw more than once, each further time counted
 * @param drift the charge beyond the approved recipients
 * @param deadLetters their number
 * @param unanswered requests that got only 5xx however often they were repeated
 * @param recovery the longest wait of a mail
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
