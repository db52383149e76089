package tui_test

import "testing"

func TestSessions(t *testing.T) {
	t.Skip("the sessions of the built program need a Unix pseudo-terminal; the places are tested with the driver everywhere")
}
