package emulator_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"askflow/internal/emulator"
)

// A portal's models.yaml beats the built-in table, model by model and member by member.
func TestModelsOfThePortal(t *testing.T) {
	t.Parallel()
	_, dir := emptyPortal(t)
	text := "as_of: 2026-11-20\nmodels:\n  - {id: gpt-6-luna, input: 0.3}\n  - {id: house-model, input: 1, output: 2, efforts: [], temperature: \"yes\"}\n"
	if err := os.WriteFile(filepath.Join(dir, "models.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if e.Portal.Problems.HasErrors() {
		t.Fatal(e.Portal.Problems)
	}
	if m, ok := e.Models.Lookup("gpt-6-luna"); !ok || m.Input.String() != "0.3" || m.Output.String() != "0.5" {
		t.Errorf("%+v", m)
	}
	if m, ok := e.Models.Lookup("house-model"); !ok || !m.Priced {
		t.Errorf("%+v", m)
	}
	if e.Portal.Inputs["models.yaml"] == "" {
		t.Error("a run would not notice that prices have changed")
	}
	if err := os.WriteFile(filepath.Join(dir, "models.yaml"), []byte("models:\n  - {id: x, inptu: 1}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if e, err = emulator.Open(context.Background(), emulator.Options{Dir: dir}); err != nil || !e.Portal.Problems.HasErrors() {
		t.Errorf("a misspelled member is not found: %v", err)
	}
}
