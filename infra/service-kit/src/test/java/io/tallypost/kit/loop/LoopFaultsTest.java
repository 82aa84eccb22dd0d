package io.tallypost.kit.loop;

import io.tallypost.kit.testing.LoopFaults;

class LoopFaultsTest extends LoopFaults {}
