/** Takes mail in: reads and checks the request, publishes it, and answers with quota's verdict. */
@NullMarked
package io.tallypost.intake.send;

import org.jspecify.annotations.NullMarked;
