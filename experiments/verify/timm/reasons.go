package main

// reasons say, by family, why latencies differ beyond the bound.
var reasons = map[string]string{}
