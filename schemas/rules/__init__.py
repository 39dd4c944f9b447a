"""Rules that need one crossing, its readings, signed lists and the policy. Station and judge both call them."""
