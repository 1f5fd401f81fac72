import { describePairs } from "./pairs.fixture.js";

describePairs("memory");
