package assistant

import (
	"context"
	"encoding/json"
	"strings"
)

// messagePages limits how many pages of messages one run can make somebody read.
const messagePages = 10

// runExtras are the members of a run that go-openai has no fields for.
type runExtras struct {
	reason            string // of incomplete_details
	cached, reasoning int
}

func (x *exchange) runExtras() runExtras {
	var body struct {
		Incomplete struct {
			Reason string `json:"reason"`
		} `json:"incomplete_details"`
		Usage struct {
			Prompt struct {
				Cached int `json:"cached_tokens"`
			} `json:"prompt_token_details"`
			Completion struct {
				Reasoning int `json:"reasoning_tokens"`
			} `json:"completion_tokens_details"`
		} `json:"usage"`
	}
	// The run itself was decoded before; what does not fit here is as good as not there.
	_ = json.Unmarshal(x.raw, &body)
	return runExtras{reason: body.Incomplete.Reason, cached: body.Usage.Prompt.Cached, reasoning: body.Usage.Completion.Reasoning}
}

// messagePage is a page of messages with the members that go-openai has no fields for: status, refusals.
type messagePage struct {
	Data []struct {
		Role       string  `json:"role"`
		RunID      *string `json:"run_id"`
		Status     string  `json:"status"`
		Incomplete struct {
			Reason string `json:"reason"`
		} `json:"incomplete_details"`
		Content []struct {
			Type string `json:"type"`
			Text struct {
				Value string `json:"value"`
			} `json:"text"`
			Refusal string `json:"refusal"`
		} `json:"content"`
	} `json:"data"`
}

// read gathers what the assistant said in the run.
func (v *conversation) read(ctx context.Context) {
	limit, order := 100, "asc"
	var after *string
	said := &sayings{}
	for range messagePages {
		x := &exchange{keep: true}
		list, err := v.c.api.ListMessage(withExchange(ctx, x), v.thread, &limit, &order, after, nil, &v.run)
		if !v.took(x, list.Header(), err) {
			return
		}
		said.add(x.raw, v.run)
		if !list.HasMore || list.LastID == nil || !plainID(*list.LastID) {
			break
		}
		after = list.LastID
	}
	if said.incomplete != "" {
		v.r.incomplete(said.incomplete, v.q)
		return
	}
	v.r.take(strings.Join(said.texts, "\n"), strings.Join(said.refusals, " "), v.q)
}

type sayings struct {
	texts, refusals []string
	incomplete      string
}

func (s *sayings) add(raw []byte, run string) {
	var page messagePage
	// The page was decoded before; what does not fit here is as good as not there.
	_ = json.Unmarshal(raw, &page)
	for _, m := range page.Data {
		// Some compatible servers do not filter by the run.
		if m.Role != "assistant" || m.RunID != nil && *m.RunID != run {
			continue
		}
		if m.Status == "incomplete" {
			s.incomplete = orElseText(m.Incomplete.Reason, "it does not say why")
		}
		for _, p := range m.Content {
			switch p.Type {
			case "text":
				s.texts = append(s.texts, p.Text.Value)
			case "refusal":
				s.refusals = append(s.refusals, orDash(p.Refusal))
			}
		}
	}
}

func orElseText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
