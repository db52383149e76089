package assistant

import (
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

const (
	refusalHint = "look at the prompt, at what the record put into it, and at the assistant's instructions"
	emptyHint   = "look at the prompt and the instructions; a model that only reasons, or calls tools, answers nothing"
)

// readResponse finds the text of a Responses answer, or why there is none.
func (c *Client) readResponse(r *reply, resp *openai.CreateResponseResponse, q *Question) {
	if e := resp.Error; e != nil {
		c.failInside(r, apiError{code: e.Code, message: e.Message}, q)
		return
	}
	switch resp.Status {
	case openai.ResponseStatusCompleted, "":
	case openai.ResponseStatusIncomplete:
		reason := ""
		if d := resp.IncompleteDetails; d != nil {
			reason = d.Reason
		}
		r.incomplete(reason, q)
		return
	case openai.ResponseStatusFailed:
		r.failWith(CodeServer, "try again", "OpenAI reports that answering failed, without saying why.")
		r.retry = true
		return
	default:
		r.failWith(CodeBadResponse, "check openai.base_url: the server does not answer at once", "The answer is not finished: its status is %q.", tidy(string(resp.Status)))
		return
	}
	text, refusal := outputText(resp.Output)
	if text == "" {
		text = resp.OutputText // some compatible servers send the convenience field only
	}
	r.take(text, refusal, q)
}

// outputText gathers the text and the refusals of message items. Commentary on the way to an answer is not the answer.
func outputText(items []any) (text, refusal string) {
	var parts, commentary, refusals []string
	for _, it := range items {
		item, _ := it.(map[string]any)
		if kind, _ := item["type"].(string); kind != "message" {
			continue
		}
		phase, _ := item["phase"].(string)
		content, _ := item["content"].([]any)
		for _, p := range content {
			part, _ := p.(map[string]any)
			switch part["type"] {
			case "output_text":
				s, _ := part["text"].(string)
				if phase == "commentary" {
					commentary = append(commentary, s)
				} else {
					parts = append(parts, s)
				}
			case "refusal":
				s, _ := part["refusal"].(string)
				refusals = append(refusals, orDash(s))
			}
		}
	}
	if len(parts) == 0 {
		parts = commentary
	}
	return strings.Join(parts, ""), strings.Join(refusals, " ")
}

// readChat finds the text of a Chat Completions answer, or why there is none.
func readChat(r *reply, resp *openai.ChatCompletionResponse, q *Question) {
	if len(resp.Choices) == 0 {
		r.failWith(CodeBadResponse, "check openai.base_url: this is no OpenAI-compatible server", "The answer holds no choices.")
		return
	}
	choice := resp.Choices[0]
	switch choice.FinishReason {
	case openai.FinishReasonLength:
		r.incomplete("max_output_tokens", q)
		return
	case openai.FinishReasonContentFilter:
		r.incomplete("content_filter", q)
		return
	}
	text := choice.Message.Content
	for _, p := range choice.Message.MultiContent {
		text += p.Text
	}
	r.take(text, choice.Message.Refusal, q)
}

// take judges a finished answer.
func (r *reply) take(text, refusal string, q *Question) {
	switch {
	case refusal != "":
		r.failWith(CodeRefusal, refusalHint, "The model %s refused to answer: %s", q.Model, tidy(refusal))
	case strings.TrimSpace(text) == "":
		r.failWith(CodeEmpty, emptyHint, "The model %s answered with nothing.", q.Model)
	default:
		r.text = text
	}
}

func (r *reply) incomplete(reason string, q *Question) {
	switch reason {
	case "content_filter":
		r.failWith(CodeIncomplete, refusalHint, "The answer is incomplete: OpenAI's content filter stopped it.")
	case "max_prompt_tokens":
		r.failWith(CodeIncomplete, "make the prompt or the instructions shorter", "The answer is incomplete: the prompt used up max_prompt_tokens.")
	case "max_output_tokens", "max_completion_tokens", "max_tokens", "":
		r.failWith(CodeIncomplete, "raise openai.max_output_tokens in portal.yaml, or lower the reasoning effort",
			"The answer is incomplete: it used up max_output_tokens (%d, reasoning included).", q.MaxOutputTokens)
	default:
		r.failWith(CodeIncomplete, "", "The answer is incomplete: %s.", tidy(reason))
	}
}

func orDash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "(no reason given)"
	}
	return s
}
