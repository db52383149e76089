package run

// Plan is what a run would ask and cost, as far as it can be known without asking.
type Plan struct {
	Workflow   Workflow `json:"workflow"`
	Answers    string   `json:"answers"`
	Considered int64    `json:"considered"`
	Enrolled   int64    `json:"enrolled"`
	// NotEnrolled counts reasons.
	NotEnrolled []ReasonCount `json:"notEnrolled"`
	Asks        []PlanAsk     `json:"asks"`
	// MinCostUSD counts the questions alone, MaxCostUSD every answer as long as max_output_tokens allows and every
	// attempt used once. "" when a price is unknown.
	MinCostUSD string `json:"minCostUsd,omitempty"`
	MaxCostUSD string `json:"maxCostUsd,omitempty"`
	// PricesAsOf is the date of the price table.
	PricesAsOf string `json:"pricesAsOf"`
	// Samples are a few prompts as they would be sent.
	Samples []PlanSample `json:"samples"`
}

// ReasonCount is why records do not enroll.
type ReasonCount struct {
	Reason  string `json:"reason"`
	Records int64  `json:"records"`
}

// PlanAsk is one action that asks.
type PlanAsk struct {
	ActionID        string   `json:"actionId"`
	Name            string   `json:"name,omitempty"`
	Assistant       string   `json:"assistant"`
	Model           string   `json:"model"`
	Temperature     *float64 `json:"temperature,omitempty"`
	ReasoningEffort string   `json:"reasoningEffort,omitempty"`
	// Asks on the path that every record takes when answers are empty; an action that only some answers lead to counts
	// 0 and is Conditional.
	Asks        int64    `json:"asks"`
	Conditional bool     `json:"conditional,omitempty"`
	InputTokens int64    `json:"inputTokens"`
	MaxOutput   int64    `json:"maxOutputTokens"`
	MinCostUSD  string   `json:"minCostUsd,omitempty"`
	MaxCostUSD  string   `json:"maxCostUsd,omitempty"`
	Warnings    []string `json:"warnings,omitempty"`
	// Refused says why every ask of this action would fail before anything is sent.
	Refused *Error `json:"refused,omitempty"`
}

// PlanSample is a rendered prompt.
type PlanSample struct {
	Record RecordRef `json:"record"`
	Action string    `json:"actionId"`
	Prompt string    `json:"prompt"`
	Tokens int       `json:"tokens"`
}
