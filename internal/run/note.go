package run

import "strings"

// What was changed so that a model takes an ask's settings begins with one of these. Such a warning of a step is worth
// knowing and no more: screens call it a note, as validate does.
const (
	EffortNoneIsSent     = "reasoning effort none is sent "
	TemperatureIsLeftOut = "the temperature of 1 is left out"
)

// IsNote tells whether a step's warning is only a note.
func IsNote(warning string) bool {
	return strings.HasPrefix(warning, EffortNoneIsSent) || strings.HasPrefix(warning, TemperatureIsLeftOut)
}
