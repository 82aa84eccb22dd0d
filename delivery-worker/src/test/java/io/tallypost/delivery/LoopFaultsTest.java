package io.tallypost.delivery;

import io.tallypost.kit.testing.LoopFaults;

class LoopFaultsTest extends LoopFaults {}
