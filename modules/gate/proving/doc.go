// Package proving puts the promises of docs/gates.md to the proof where their
// assumptions do not hold: outages, retries that are spread over time, cold
// starts, counts that arrive late, users with errors of their own, gauges that
// drift. It is the second simulator of the gates and shares nothing with package
// sim, neither code nor the way traffic is made, so that a mistake in one of them
// does not vouch for itself. A rollout here is what the engine makes of it: looks
// from before the candidate on, a Panel, Parts, weights that grow.
//
// Cells is the table of what is played. Clopper-Pearson bounds say what a count
// of rollouts proves.
package proving
