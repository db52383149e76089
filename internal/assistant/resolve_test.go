package assistant_test

import (
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"

	"github.com/google/go-cmp/cmp"
)

func float(x float64) *float64 { return &x }

type resolved struct {
	Model, Effort string
	Temperature   *float64
	TopP          *float64
	Warnings      int
}

func TestResolve(t *testing.T) {
	t.Parallel()
	type set = assistant.Settings
	nobody := &assistant.Assistant{ID: "a", Model: "gpt-6-luna"}
	tests := []struct {
		name      string
		assistant *assistant.Assistant
		levels    []set // before the assistant's own
		last      set
		want      resolved
		code      string // of the error
		says      []string
	}{
		{"the assistant's own", &assistant.Assistant{Model: "gpt-4o", Temperature: float(0.2)}, nil, set{}, resolved{Model: "gpt-4o", Temperature: float(0.2)}, "", nil},
		{"flag before action before assistant", &assistant.Assistant{Model: "c", Temperature: float(0.3), ReasoningEffort: "low"},
			[]set{{Model: "a"}, {Model: "b", Temperature: float(0)}}, set{Model: "d"}, resolved{Model: "a", Temperature: float(0), Effort: "low"}, "", nil},
		{"the portal's default comes last", &assistant.Assistant{}, []set{{}}, set{Model: "gpt-4o"}, resolved{Model: "gpt-4o"}, "", nil},
		{"no model anywhere", &assistant.Assistant{ID: "x"}, nil, set{}, resolved{}, assistant.CodeBadSettings, []string{"No model", "assistant x"}},
		{"temperature switches reasoning off, with a warning", nobody, []set{{Temperature: float(0.2)}}, set{}, resolved{Model: "gpt-6-luna", Temperature: float(0.2), Effort: "none", Warnings: 1}, "", nil},
		{"temperature with effort none", nobody, []set{{Temperature: float(0.2), ReasoningEffort: "none"}}, set{}, resolved{Model: "gpt-6-luna", Temperature: float(0.2), Effort: "none"}, "", nil},
		{"temperature and effort clash", nobody, []set{{Temperature: float(0.2), ReasoningEffort: "low"}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"gpt-6-luna", "temperature 0.2", "low"}},
		{"the clash names the assistant's setting", &assistant.Assistant{ID: "writer", Model: "gpt-6-luna", Temperature: float(0.7)}, []set{{ReasoningEffort: "high"}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"in the assistant writer"}},
		{"a model that never takes one", nobody, []set{{Model: "gpt-6.2-sol", Temperature: float(0.2)}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"gpt-6.2-sol takes no temperature"}},
		{"a temperature of 1 is the default", nobody, []set{{Model: "gpt-6.2-sol", Temperature: float(1)}}, set{}, resolved{Model: "gpt-6.2-sol", Warnings: 1}, "", nil},
		{"top_p likewise", &assistant.Assistant{Model: "gpt-6-luna", TopP: float(0.5)}, nil, set{}, resolved{Model: "gpt-6-luna", TopP: float(0.5), Effort: "none", Warnings: 1}, "", nil},
		{"top_p never", &assistant.Assistant{Model: "o3", TopP: float(0.5)}, nil, set{}, resolved{}, assistant.CodeBadSettings, []string{"takes no top_p"}},
		{"temperature on a model that always takes it", nobody, []set{{Model: "gpt-4.1", Temperature: float(2)}}, set{}, resolved{Model: "gpt-4.1", Temperature: float(2)}, "", nil},
		{"effort on a model that does not reason", nobody, []set{{Model: "gpt-4o", ReasoningEffort: "low"}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"gpt-4o does not reason"}},
		{"effort the model does not know", nobody, []set{{Model: "gpt-5.1", ReasoningEffort: "minimal"}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"gpt-5.1", "minimal"}},
		{"no such effort", nobody, []set{{ReasoningEffort: "hihg"}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"hihg"}},
		{"a model that is not known takes anything", nobody, []set{{Model: "llama", Temperature: float(0.2), ReasoningEffort: "high"}}, set{}, resolved{Model: "llama", Temperature: float(0.2), Effort: "high"}, "", nil},
		{"too hot", nobody, []set{{Temperature: float(2.1)}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"from 0 to 2", "2.1"}},
		{"too cold", nobody, []set{{Temperature: float(-0.1)}}, set{}, resolved{}, assistant.CodeBadSettings, []string{"from 0 to 2"}},
		{"switched off", nobody, []set{{Model: "o4-mini"}}, set{}, resolved{Model: "o4-mini", Warnings: 1}, "", nil},
		{"not switched off yet", nobody, []set{{Model: "gpt-4o-2024-08-06"}}, set{}, resolved{Model: "gpt-4o-2024-08-06"}, "", nil},
	}
	models := assistant.DefaultModels().At(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q, err := assistant.Resolve(test.assistant, assistant.Responses, 2000, models, nil, append(test.levels[:len(test.levels):len(test.levels)], assistant.FromAssistant(test.assistant), test.last)...)
			if test.code != "" {
				if err == nil || err.Code != test.code || err.Hint == "" && !strings.Contains(err.Message, "from 0 to 2") {
					t.Fatalf("got %+v, %+v", q, err)
				}
				for _, part := range test.says {
					if !strings.Contains(err.Message, part) {
						t.Errorf("%q lacks %q", err.Message, part)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := resolved{q.Model, q.ReasoningEffort, q.Temperature, q.TopP, len(q.Warnings)}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("%s\n%v", d, q.Warnings)
			}
		})
	}
}

func TestResolveLimits(t *testing.T) {
	t.Parallel()
	a := &assistant.Assistant{ID: "a", Model: "gpt-6-luna", Instructions: "be kind"}
	own := assistant.FromAssistant(a)
	models := assistant.DefaultModels()
	if _, err := assistant.Resolve(a, assistant.Responses, 2000, models, []string{"gpt-4o"}, own); err == nil || err.Code != assistant.CodeModelAccess || !strings.Contains(err.Message, "gpt-4o") {
		t.Errorf("a model that is not allowed: %v", err)
	}
	if q, err := assistant.Resolve(a, "", 2000, models, []string{"gpt-6-luna"}, own); err != nil || q.Protocol != assistant.Responses || q.Instructions != "be kind" || q.MaxOutputTokens != 2000 {
		t.Errorf("an allowed model: %+v, %v", q, err)
	}
	for _, test := range []struct {
		protocol assistant.Protocol
		bound    int
		ok       bool
	}{{assistant.Responses, 16, true}, {assistant.Responses, 15, false}, {assistant.Chat, 1, true}, {assistant.Chat, 0, false}, {"telepathy", 100, false}} {
		if _, err := assistant.Resolve(a, test.protocol, test.bound, models, nil, own); (err == nil) != test.ok {
			t.Errorf("%s with %d tokens: %v", test.protocol, test.bound, err)
		}
	}
	if _, err := assistant.Resolve(nil, assistant.Responses, 2000, nil, nil); err == nil || err.Code != assistant.CodeBadSettings {
		t.Errorf("no assistant, no table, no settings: %v", err)
	}
}
