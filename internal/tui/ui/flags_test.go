package ui_test

import (
	"testing"

	"askflow/internal/tui/ui"
)

func TestFlagsOfSettings(t *testing.T) {
	t.Parallel()
	warm, cold := 0.3, 0.0
	for want, s := range map[string]ui.Settings{
		"":                  {},
		" --temperature 0":  {Temperature: &cold},
		" --model 'a b'":    {Model: "a b"},
		" --model '$(x)'":   {Model: "$(x)"},
		" --answers replay": {Answers: "replay"},
		` --answers live --assistant 'it'\''s me' --model gpt-6-luna --temperature 0.3 --reasoning-effort none --max-cost 0.50`: {Answers: "live", Assistant: "it's me", Model: "gpt-6-luna",
			Temperature: &warm, ReasoningEffort: "none", MaxCost: "0.50"},
	} {
		if got := s.Flags(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
