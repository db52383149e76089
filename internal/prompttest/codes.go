package prompttest

import (
	"askflow/internal/assistant"
	"askflow/internal/expect"
)

// errorCodes are the codes that a step's error is known to have. Compatible servers may send others.
func errorCodes() *expect.Usual {
	return &expect.Usual{Code: "unknown_code", Kind: "error code", Texts: []string{
		assistant.CodeNoScriptedAnswer, assistant.CodeNoRecording, assistant.CodeRefusal, assistant.CodeIncomplete, assistant.CodeEmpty, assistant.CodeTimeout,
		assistant.CodeConnection, assistant.CodeBadResponse, assistant.CodeServer, assistant.CodeOverloaded, assistant.CodeRateLimited, assistant.CodeTooLarge,
		assistant.CodeContextLength, assistant.CodeNoCredit, assistant.CodeBadKey, assistant.CodePermission, assistant.CodeModelAccess, assistant.CodeModelNotFound,
		assistant.CodeBadSettings, assistant.CodeBadRequest, assistant.CodeAPIRetired, assistant.CodeCancelled, assistant.CodeOverBudget, assistant.CodeUnknownPrice,
		assistant.CodeRunExpired, assistant.CodeRunCancelled, assistant.CodeToolCalls, assistant.CodeNoAssistant, assistant.CodeSunset,
		"answer_not_kept", "bad_recording", "openai_locked",
		// Those of actions that do not ask.
		"missing_value", "missing_output", "invalid_property_value", "unknown_property", "read_only_property", "invalid_user", "no_recipient", "invalid_date",
		"not_emulated", "unknown_object_type", "unknown_assistant", "invalid_setting",
	}}
}
