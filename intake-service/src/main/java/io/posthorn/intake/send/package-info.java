/** Takes mail in: reads and checks the request, publishes it, and answers with quota's verdict. */
@NullMarked
package io.posthorn.intake.send;

import org.jspecify.annotations.NullMarked;
