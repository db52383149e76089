package run_test

import (
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/run"
)

// What assistant.Resolve changes is a note; that a model is gone is a warning.
func TestIsNote(t *testing.T) {
	t.Parallel()
	cool, one := 0.2, 1.0
	models := assistant.DefaultModels()
	for _, c := range []struct {
		settings assistant.Settings
		note     bool
	}{
		{assistant.Settings{Model: "gpt-6-luna", Temperature: &cool}, true},
		{assistant.Settings{Model: "gpt-6.2-sol", Temperature: &one}, true},
		{assistant.Settings{Model: "o4-mini"}, false},
	} {
		shutdown, _ := models.Lookup("o4-mini")
		q, err := assistant.Resolve(nil, assistant.Responses, 2000, models.At(shutdown.Shutdown), nil, c.settings)
		if err != nil || len(q.Warnings) != 1 {
			t.Fatalf("%+v: %v, %v", c.settings, q, err)
		}
		if run.IsNote(q.Warnings[0]) != c.note {
			t.Errorf("%q is a note: %v, want %v", q.Warnings[0], !c.note, c.note)
		}
	}
}
