package assistant_test

import (
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/run"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0": "0", "0.0": "0", "12": "12", "0.05": "0.05", "0.10": "0.1", "1.50": "1.5", " 3 ": "3", "0.000000000001": "0.000000000001",
		"0.0000345": "0.0000345", "9223372.036854775807": "9223372.036854775807", "007": "7", "0.1000000000000000000000": "0.1",
	} {
		m, err := assistant.ParseMoney(in)
		if err != nil || m.String() != want {
			t.Errorf("ParseMoney(%q) = %s, %v; want %s", in, m, err, want)
		}
	}
	for _, in := range []string{"", " ", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.2.3", "0.0000000000001", "9223372.036854775808", "999999999999999999999", "x", "٣", strings.Repeat("9", 1000)} {
		if m, err := assistant.ParseMoney(in); err == nil {
			t.Errorf("ParseMoney(%q) = %s, want an error", in, m)
		} else if len(err.Error()) > 200 {
			t.Errorf("ParseMoney(%q) repeats its input in %d bytes", in[:10], len(err.Error()))
		}
	}
	if got := (assistant.MaxMoney - 1).Add(2); got != assistant.MaxMoney {
		t.Errorf("a sum beyond the largest amount is %s", got)
	}
	if got := (assistant.USD / 10).Add(assistant.USD / 5).String(); got != "0.3" {
		t.Errorf("0.1 + 0.2 = %s", got)
	}
	if got := (-assistant.USD / 4).String(); got != "-0.25" {
		t.Errorf("a negative amount prints %s", got)
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"0.0000345", "12", "-1", "9223372.036854775807", "1e9", "00.10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := assistant.ParseMoney(s)
		if err != nil {
			return
		}
		again, err := assistant.ParseMoney(m.String())
		if err != nil || again != m {
			t.Errorf("%q reads as %s, which reads as %s, %v", s, m, again, err)
		}
	})
}

func TestCost(t *testing.T) {
	t.Parallel()
	models := assistant.DefaultModels()
	tests := []struct {
		name, model string
		usage       run.Usage
		cacheWrite  int
		want        string
	}{
		{"the documented example", "gpt-6-luna", run.Usage{InputTokens: 120, OutputTokens: 45}, 0, "0.0000345"},
		{"reasoning is part of output", "gpt-6-luna", run.Usage{InputTokens: 120, OutputTokens: 45, ReasoningTokens: 32}, 0, "0.0000345"},
		{"cached input", "gpt-6-luna", run.Usage{InputTokens: 1000, CachedTokens: 400, OutputTokens: 0}, 0, "0.000064"},
		{"cache write", "gpt-6-luna", run.Usage{InputTokens: 1000, CachedTokens: 400, OutputTokens: 10}, 100, "0.0000715"},
		{"no own price for cache writes", "gpt-4o", run.Usage{InputTokens: 1000}, 1000, "0.0025"},
		{"at the long-context border", "gpt-6-luna", run.Usage{InputTokens: 272_000, OutputTokens: 1000}, 0, "0.0277"},
		{"above it: input doubled, output half more", "gpt-6-luna", run.Usage{InputTokens: 272_001, OutputTokens: 1000}, 0, "0.0551502"},
		{"long input on an older model", "gpt-4.1", run.Usage{InputTokens: 300_000}, 0, "0.6"},
		{"a snapshot costs what its family costs", "gpt-4o-2024-08-06", run.Usage{InputTokens: 1_000_000}, 0, "2.5"},
		{"nothing", "o3", run.Usage{}, 0, "0"},
		{"more cached than there is", "gpt-4o", run.Usage{InputTokens: 10, CachedTokens: 99}, 99, "0.0000125"},
		{"nonsense counts", "gpt-4o", run.Usage{InputTokens: -5, CachedTokens: -7, OutputTokens: -1}, -3, "0"},
		{"absurd counts stop at the bound", "gpt-6-astra", run.Usage{InputTokens: 1 << 62, OutputTokens: 1 << 62}, 0, assistant.MaxMoney.String()},
	}
	for _, test := range tests {
		m, ok := models.Lookup(test.model)
		if !ok {
			t.Fatalf("%s: no model %s", test.name, test.model)
		}
		if got, known := m.Cost(test.usage, test.cacheWrite); !known || got.String() != test.want {
			t.Errorf("%s: %s, %v; want %s", test.name, got, known, test.want)
		}
	}
	if m, _ := models.Lookup("gpt-4"); m.Priced {
		t.Error("gpt-4 has a price that nobody has checked")
	} else if _, known := m.Cost(run.Usage{InputTokens: 1}, 0); known {
		t.Error("a model without a price has a cost")
	}
	m, _ := models.Lookup("gpt-6-luna")
	if worst, _ := m.WorstCase(1000, 2000); worst.String() != "0.001125" {
		t.Errorf("worst case of gpt-6-luna is %s", worst)
	}
	for _, m := range models.All() {
		usage := run.Usage{InputTokens: 10_000, OutputTokens: 2000}
		worst, known := m.WorstCase(usage.InputTokens, usage.OutputTokens)
		for _, written := range []int{0, 5000, 10_000} {
			if cost, _ := m.Cost(usage, written); known && cost > worst {
				t.Errorf("%s: %s with %d tokens written is above the worst case %s", m.ID, cost, written, worst)
			}
		}
	}
}
