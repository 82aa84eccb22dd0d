package io.tallypost.audit;

import io.tallypost.kit.testing.LoopFaults;

class LoopFaultsTest extends LoopFaults {}
