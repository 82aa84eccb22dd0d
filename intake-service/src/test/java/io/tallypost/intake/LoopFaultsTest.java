package io.tallypost.intake;

import io.tallypost.kit.testing.LoopFaults;

class LoopFaultsTest extends LoopFaults {}
