package assistant_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultModels(t *testing.T) {
	t.Parallel()
	models := assistant.DefaultModels()
	// Prices are input, cached input, cache write (0 where there is none of its own) and output.
	tests := []struct {
		id, prices      string
		context         int
		efforts, effort string
		temperature     assistant.TemperatureSupport
		shutdown        string
	}{
		{"gpt-6.2-astra", "8 0.4 10 40", 1_050_000, "low medium high xhigh max", "medium", "no", ""},
		{"gpt-6.2-sol", "2 0.1 2.5 10", 1_050_000, "low medium high xhigh max", "medium", "no", ""},
		{"gpt-6.1-sol", "2 0.1 2.5 10", 1_050_000, "low medium high xhigh max", "medium", "no", ""},
		{"gpt-6.1-terra", "1 0.05 1.25 5", 1_050_000, "low medium high xhigh max", "medium", "no", ""},
		{"gpt-6-astra", "10 1 12.5 50", 1_050_000, "low medium high xhigh max", "medium", "no", ""},
		{"gpt-6-sol", "2 0.2 2.5 10", 1_050_000, "none low medium high xhigh max", "medium", "none_only", ""},
		{"gpt-6-luna", "0.1 0.01 0.125 0.5", 1_050_000, "none low medium high xhigh max", "medium", "none_only", ""},
		{"gpt-5.6-sol", "4 0.4 5 20", 1_050_000, "none low medium high xhigh max", "medium", "none_only", ""},
		{"gpt-5.6-terra", "2 0.2 2.5 12", 1_050_000, "none low medium high xhigh max", "medium", "none_only", ""},
		{"gpt-5.6-luna", "0.2 0.02 0.25 1.2", 1_050_000, "none low medium high xhigh max", "medium", "none_only", ""},
		{"gpt-5.5", "5 0.5 0 30", 1_050_000, "none low medium high xhigh", "medium", "none_only", ""},
		{"gpt-5.4", "2.5 0.25 0 15", 1_050_000, "none low medium high xhigh", "none", "none_only", ""},
		{"gpt-5.4-mini", "0.75 0.075 0 4.5", 400_000, "none low medium high xhigh", "none", "none_only", ""},
		{"gpt-5.4-nano", "0.2 0.02 0 1.25", 400_000, "none low medium high xhigh", "none", "none_only", "2027-04-01"},
		{"gpt-5.2", "1.75 0.175 0 14", 400_000, "none low medium high xhigh", "none", "none_only", ""},
		{"gpt-5.1", "1.25 0.125 0 10", 400_000, "none low medium high", "none", "none_only", "2027-04-01"},
		{"gpt-5", "1.25 0.125 0 10", 400_000, "minimal low medium high", "medium", "no", "2026-12-11"},
		{"gpt-5-mini", "0.25 0.025 0 2", 400_000, "minimal low medium high", "medium", "no", "2026-12-11"},
		{"gpt-5-nano", "0.05 0.005 0 0.4", 400_000, "minimal low medium high", "medium", "no", "2026-12-11"},
		{"o3", "2 0.5 0 8", 200_000, "low medium high", "medium", "no", "2026-12-11"},
		{"o4-mini", "1.1 0.275 0 4.4", 200_000, "low medium high", "medium", "no", "2026-10-23"},
		{"gpt-4.1", "2 0.5 0 8", 1_047_576, "", "", "yes", "2027-01-14"},
		{"gpt-4.1-mini", "0.4 0.1 0 1.6", 1_047_576, "", "", "yes", "2027-01-14"},
		{"gpt-4.1-nano", "0.1 0.025 0 0.4", 1_047_576, "", "", "yes", "2026-10-23"},
		{"gpt-4o", "2.5 1.25 0 10", 128_000, "", "", "yes", "2027-01-14"},
		{"gpt-4o-mini", "0.15 0.075 0 0.6", 128_000, "", "", "yes", "2027-01-14"},
	}
	for _, test := range tests {
		m, ok := models.Lookup(test.id)
		got := test
		got.prices = fmt.Sprintf("%s %s %s %s", m.Input, m.CachedInput, m.CacheWrite, m.Output)
		got.context, got.efforts, got.effort, got.temperature, got.shutdown = m.Context, strings.Join(m.Efforts, " "), m.DefaultEffort, m.Temperature, ""
		if !m.Shutdown.IsZero() {
			got.shutdown = m.Shutdown.Format(time.DateOnly)
		}
		if !ok || !m.Priced || got != test || m.Efforts == nil {
			t.Errorf("%s: got %+v\nwant %+v", test.id, got, test)
		}
	}
	for _, m := range models.All() {
		if m.DefaultEffort != "" && !m.TakesEffort(m.DefaultEffort) {
			t.Errorf("%s does not take its own default effort %s", m.ID, m.DefaultEffort)
		}
		if m.AsOf == "" || m.Name == "" || m.Temperature == "" {
			t.Errorf("%s lacks something: %+v", m.ID, m)
		}
	}
	if models.AsOf() != "2026-10-28" || len(models.IDs()) != len(models.All()) || len(models.IDs()) < 40 {
		t.Errorf("as of %s, %d models", models.AsOf(), len(models.IDs()))
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	models := assistant.DefaultModels()
	for id, priced := range map[string]bool{
		"gpt-4o-2024-08-06": true, "gpt-4o-2024-05-13": false, "ft:gpt-4o-mini-2024-07-18:acme:n:1": false, "ft:gpt-4o": false, "gpt-6-luna-2026-09-01": true,
	} {
		m, ok := models.Lookup(id)
		if !ok || m.ID != id || m.Priced != priced || m.Temperature == "" {
			t.Errorf("%s: %v %+v", id, ok, m)
		}
	}
	if m, _ := models.Lookup("gpt-4o-2024-05-13"); !m.Gone(time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC)) || m.Gone(time.Date(2026, 10, 22, 23, 59, 0, 0, time.UTC)) {
		t.Error("the snapshot gpt-4o-2024-05-13 has an end of its own")
	}
	for _, id := range []string{"", "llama-4", "gpt-4o-", "gpt-4o-2024-08-0x", "ft:", "ft:ft:gpt-4o", "-2024-08-06", strings.Repeat("ft:", 1000)} {
		if m, ok := models.Lookup(id); ok {
			t.Errorf("%q is found: %+v", id, m)
		}
	}
	var none *assistant.Models
	if _, ok := none.Lookup("gpt-4o"); ok || none.All() != nil || none.At(time.Now()) != nil {
		t.Error("no table knows a model")
	}
}

func TestLoadModels(t *testing.T) {
	t.Parallel()
	models, problems := assistant.LoadModels("models.yaml", []byte(`
as_of: 2026-12-01
models:
  - {id: gpt-4o, input: 3, shutdown: null}
  - {id: llama-4, input: 0, output: 0, context: 128000, efforts: [], temperature: yes}
  - {id: gpt-6-luna, efforts: null, temperature: "", input: null}
`))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	got := []string{}
	for _, id := range []string{"gpt-4o", "llama-4", "gpt-6-luna"} {
		m, _ := models.Lookup(id)
		got = append(got, m.Input.String()+" "+m.Output.String()+" "+m.AsOf+" "+string(m.Temperature)+" "+m.Shutdown.Format(time.DateOnly))
		if m.Priced != (id != "gpt-6-luna") || m.Efforts == nil != (id == "gpt-6-luna") {
			t.Errorf("%s: %+v", id, m)
		}
	}
	want := []string{"3 10 2026-12-01 yes 0001-01-01", "0 0 2026-12-01 yes 0001-01-01", "0 0.5 2026-12-01  0001-01-01"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if m, _ := models.Lookup("o3"); m.AsOf != "2026-10-28" {
		t.Errorf("a model the file does not name is as of %s", m.AsOf)
	}
	for text, code := range map[string]string{
		"models: [{id: a, input: 0.000001, output: 1}]": "bad_price",
		"models: [{id: a, input: -1, output: 1}]":       "bad_price",
		"models: [{id: a, input: [1], output: 1}]":      "bad_price",
		"models: [{id: a, input: 1}]":                   "missing_key",
		"models: [{id: a}, {id: a}]":                    "duplicate_model",
		"models: [{id: a, efforts: [hihg]}]":            "bad_effort",
		"models: [{id: a, temperature: sometimes}]":     "bad_value",
		"models: [{id: a, shutdown: soon}]":             "bad_value",
		"models: [{id: a, context: -1}]":                "bad_value",
		"models: [{id: a, prise: 1}]":                   "unknown_key",
		"models: [{name: x}]":                           "missing_key",
		"models: 3":                                     "wrong_type",
		"[]":                                            "wrong_type",
		"{":                                             "bad_yaml",
	} {
		models, problems := assistant.LoadModels("models.yaml", []byte(text))
		if !problems.HasErrors() || problems.Errors()[0].Code != code {
			t.Errorf("%s: %v, want %s", text, problems, code)
		}
		if _, ok := models.Lookup("gpt-4o"); !ok {
			t.Errorf("%s: the default table is lost", text)
		}
	}
	if models, problems := assistant.LoadModels("models.json", []byte(`{"models":[{"id":"x","input":1,"output":2,"extra":true}]}`)); problems.HasErrors() || len(problems) != 1 {
		t.Errorf("an unknown member of JSON: %v", problems)
	} else if m, ok := models.Lookup("x"); !ok || !m.Priced {
		t.Error("a model of a JSON file is missing")
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                              "",
		"no key here":                   "no key here",
		"sk-short":                      "sk-short",
		"sk-abcdefgh":                   "sk-…",
		"sk-12345678.":                  "sk-….",
		"key sk-proj-AbC_-123456, more": "key sk-…, more",
		"Incorrect API key provided: sk-proj-****abcd. You": "Incorrect API key provided: sk-…. You",
		"sk-aaaaaaaasksk-bbbbbbbb":                          "sk-…",
		`{"k":"a\nsk-AAAAAAAAAAAAAAAAAAAA1"}`:               `{"k":"a\nsk-…"}`,
		"the assistant task-formatter failed":               "the assistant task-formatter failed",
		"sk-sk-sk-":                                         "sk-sk-sk-",
		"a sk-12345678 b sk-87654321 c":                     "a sk-… b sk-… c",
	} {
		if got := assistant.Scrub(in); got != want {
			t.Errorf("Scrub(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkDefaultModels(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		assistant.DefaultModels()
	}
}
