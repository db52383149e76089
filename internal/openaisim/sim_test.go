package openaisim_test

import (
	"testing"

	"askflow/internal/openaisim"
	"askflow/internal/source"
)

// rules reads rules that must be right.
func rules(t testing.TB, text string) []*openaisim.Rule {
	t.Helper()
	n, problems := source.ParseYAML("rules.yaml", []byte(text))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	out, problems := openaisim.ReadRules("rules.yaml", n)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return out
}
