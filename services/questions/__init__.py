"""Long questions to the processors, what-ifs and replays alike: asked, stopped and answered in one way."""
