"""Parts fail under traffic whose truth is known; afterwards every crossing is accounted for. Mends nothing."""
