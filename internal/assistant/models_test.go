package assistant_test

import (
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultModels(t *testing.T) {
	t.Parallel()
	models := assistant.DefaultModels()
	tests := []struct {
		id, efforts, effort, shutdown string
		temperature                   assistant.TemperatureSupport
		context                       int
	}{
		{"gpt-6.2-astra", "low medium high xhigh max", "medium", "", "no", 1_050_000},
		{"gpt-6.1-sol", "low medium high xhigh max", "medium", "", "no", 1_050_000},
		{"gpt-6-luna", "none low medium high xhigh max", "medium", "", "none_only", 1_050_000},
		{"gpt-5.4", "none low medium high xhigh", "none", "", "none_only", 1_050_000},
		{"gpt-5.1", "none low medium high", "none", "2027-04-01", "none_only", 400_000},
		{"gpt-5-mini", "minimal low medium high", "medium", "2026-12-11", "no", 400_000},
		{"o4-mini", "low medium high", "medium", "2026-10-23", "no", 200_000},
		{"gpt-4o", "", "", "2027-01-14", "yes", 128_000},
		{"gpt-4.1-nano", "", "", "2026-10-23", "yes", 1_047_576},
	}
	for _, test := range tests {
		m, ok := models.Lookup(test.id)
		date := ""
		if !m.Shutdown.IsZero() {
			date = m.Shutdown.Format(time.DateOnly)
		}
		if !ok || strings.Join(m.Efforts, " ") != test.efforts || m.DefaultEffort != test.effort || date != test.shutdown || m.Temperature != test.temperature || m.Context != test.context {
			t.Errorf("%s: %+v", test.id, m)
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
