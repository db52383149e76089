package openaisim

import (
	"encoding/json"

	"askflow/internal/assistant"
	"askflow/internal/source"
)

// The objects of the Assistants API. What may be null is there as null, never left out.

type listObject struct {
	Object  string  `json:"object"`
	Data    []any   `json:"data"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
	HasMore bool    `json:"has_more"`
}

type deletedObject struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

type assistantObject struct {
	ID             string          `json:"id"`
	Object         string          `json:"object"`
	CreatedAt      int64           `json:"created_at"`
	Name           *string         `json:"name"`
	Description    *string         `json:"description"`
	Model          string          `json:"model"`
	Instructions   *string         `json:"instructions"`
	Tools          json.RawMessage `json:"tools"`
	ToolResources  json.RawMessage `json:"tool_resources"`
	Metadata       json.RawMessage `json:"metadata"`
	Temperature    *float64        `json:"temperature"`
	TopP           *float64        `json:"top_p"`
	Effort         *string         `json:"reasoning_effort"`
	ResponseFormat json.RawMessage `json:"response_format"`
}

type threadObject struct {
	ID            string          `json:"id"`
	Object        string          `json:"object"`
	CreatedAt     int64           `json:"created_at"`
	ToolResources json.RawMessage `json:"tool_resources"`
	Metadata      json.RawMessage `json:"metadata"`
}

type messageObject struct {
	ID                string          `json:"id"`
	Object            string          `json:"object"`
	CreatedAt         int64           `json:"created_at"`
	ThreadID          string          `json:"thread_id"`
	Status            string          `json:"status"`
	IncompleteDetails *reasonObject   `json:"incomplete_details"`
	CompletedAt       *int64          `json:"completed_at"`
	IncompleteAt      *int64          `json:"incomplete_at"`
	Role              string          `json:"role"`
	Content           []any           `json:"content"`
	AssistantID       *string         `json:"assistant_id"`
	RunID             *string         `json:"run_id"`
	Attachments       json.RawMessage `json:"attachments"`
	Metadata          json.RawMessage `json:"metadata"`

	text string // what rules see of it
}

type reasonObject struct {
	Reason string `json:"reason"`
}

type textPart struct {
	Type string    `json:"type"`
	Text textValue `json:"text"`
}

type textValue struct {
	Value       string `json:"value"`
	Annotations []any  `json:"annotations"`
}

type refusalPart struct {
	Type    string `json:"type"`
	Refusal string `json:"refusal"`
}

type runObject struct {
	ID                string          `json:"id"`
	Object            string          `json:"object"`
	CreatedAt         int64           `json:"created_at"`
	ThreadID          string          `json:"thread_id"`
	AssistantID       string          `json:"assistant_id"`
	Status            string          `json:"status"`
	RequiredAction    any             `json:"required_action"`
	LastError         *lastError      `json:"last_error"`
	IncompleteDetails *reasonObject   `json:"incomplete_details"`
	Model             string          `json:"model"`
	Instructions      string          `json:"instructions"`
	Tools             json.RawMessage `json:"tools"`
	Metadata          json.RawMessage `json:"metadata"`
	Usage             *usageObject    `json:"usage"`
	runTimes
	runSettings
}

// runTimes are a run's moments. It expires only as long as it has not ended.
type runTimes struct {
	ExpiresAt   *int64 `json:"expires_at"`
	StartedAt   *int64 `json:"started_at"`
	CancelledAt *int64 `json:"cancelled_at"`
	FailedAt    *int64 `json:"failed_at"`
	CompletedAt *int64 `json:"completed_at"`
}

type runSettings struct {
	Temperature       *float64        `json:"temperature"`
	TopP              *float64        `json:"top_p"`
	Effort            *string         `json:"reasoning_effort"`
	MaxPromptTokens   *int            `json:"max_prompt_tokens"`
	MaxComplete       *int            `json:"max_completion_tokens"`
	Truncation        json.RawMessage `json:"truncation_strategy"`
	ToolChoice        json.RawMessage `json:"tool_choice"`
	ParallelToolCalls bool            `json:"parallel_tool_calls"`
	ResponseFormat    json.RawMessage `json:"response_format"`
}

type lastError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type usageObject struct {
	Prompt            int              `json:"prompt_tokens"`
	Completion        int              `json:"completion_tokens"`
	Total             int              `json:"total_tokens"`
	PromptDetails     cachedObject     `json:"prompt_token_details"`
	CompletionDetails *reasoningObject `json:"completion_tokens_details,omitempty"`
}

type cachedObject struct {
	Cached int `json:"cached_tokens"`
}

type reasoningObject struct {
	Reasoning int `json:"reasoning_tokens"`
}

type stepObject struct {
	ID          string          `json:"id"`
	Object      string          `json:"object"`
	CreatedAt   int64           `json:"created_at"`
	AssistantID string          `json:"assistant_id"`
	ThreadID    string          `json:"thread_id"`
	RunID       string          `json:"run_id"`
	Type        string          `json:"type"`
	Status      string          `json:"status"`
	Details     stepDetails     `json:"step_details"`
	LastError   *lastError      `json:"last_error"`
	ExpiredAt   *int64          `json:"expired_at"`
	CancelledAt *int64          `json:"cancelled_at"`
	FailedAt    *int64          `json:"failed_at"`
	CompletedAt *int64          `json:"completed_at"`
	Metadata    json.RawMessage `json:"metadata"`
	Usage       *usageObject    `json:"usage"`
}

type stepDetails struct {
	Type    string      `json:"type"`
	Message createdItem `json:"message_creation"`
}

type createdItem struct {
	MessageID string `json:"message_id"`
}

// objectOf is an assistant as the API showed it.
func objectOf(a *assistant.Assistant) *assistantObject {
	o := &assistantObject{ID: a.ID, Object: "assistant", CreatedAt: 1735689600, Name: textOrNull(a.Name), Description: textOrNull(a.Description), Model: a.Model,
		Instructions: textOrNull(a.Instructions), Tools: json.RawMessage(`[]`), ToolResources: json.RawMessage(`{}`), Metadata: json.RawMessage(`{}`),
		Temperature: orOne(a.Temperature), TopP: orOne(a.TopP), Effort: textOrNull(a.ReasoningEffort), ResponseFormat: json.RawMessage(`"auto"`)}
	for key, into := range map[string]*json.RawMessage{"tools": &o.Tools, "tool_resources": &o.ToolResources, "metadata": &o.Metadata} {
		if n := a.Node.Get(key); n != nil && !n.IsScalar() {
			*into = source.AppendJSON(nil, n)
		}
	}
	if a.ResponseFormat != nil {
		o.ResponseFormat = source.AppendJSON(nil, a.ResponseFormat)
	}
	return o
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orOne(x *float64) *float64 {
	if x != nil {
		return x
	}
	one := 1.0
	return &one
}

// rawOr is a JSON value that was sent, or what stands for none.
func rawOr(raw json.RawMessage, otherwise string) json.RawMessage {
	if len(raw) == 0 || string(raw) == "null" {
		return json.RawMessage(otherwise)
	}
	return raw
}
