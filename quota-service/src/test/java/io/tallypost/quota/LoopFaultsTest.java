package io.tallypost.quota;

import io.tallypost.kit.testing.LoopFaults;

class LoopFaultsTest extends LoopFaults {}
