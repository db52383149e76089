package assistant

import (
	"fmt"
	"strings"
	"time"

	domain "askflow/internal/assistant"
	"askflow/internal/report"
	"askflow/internal/service"
)

// issuesOf says what an assistant has that is not executed, and what of it does not work any more.
func issuesOf(a *domain.Assistant, m *service.Model, now time.Time, protocol string) []issue {
	var out []issue
	say := func(bad bool, format string, args ...any) {
		out = append(out, issue{bad, fmt.Sprintf(format, args...)})
	}
	if why, bad := modelIssue(a, m, now); why != "" {
		say(bad, "%s", why)
	}
	if strings.HasPrefix(a.ID, "asst_") && protocol != string(domain.Assistants) {
		say(false, "OpenAI switched off its Assistants API on 2026-08-26. The instructions, the model and the settings are sent with every question instead.")
	}
	if len(a.Tools) > 0 {
		say(false, "Tools are not executed: %s. The model answers without them.", strings.Join(limited(a.Tools, 8), ", "))
	}
	if files := a.Node.Get("tool_resources"); files != nil && len(files.Members) > 0 {
		say(false, "Files and vector stores of the assistant (tool_resources) are not used.")
	}
	if a.Temperature != nil && m != nil {
		switch {
		case m.Temperature == "never":
			say(true, "%s takes no temperature, and the assistant has one (%s): questions are refused before they are sent.", m.ID, number(a.Temperature))
		case m.Temperature == "with_none" && a.ReasoningEffort != "" && a.ReasoningEffort != "none":
			say(true, "%s takes a temperature only with reasoning effort none, and the assistant has %s: questions are refused before they are sent.", m.ID, clip(a.ReasoningEffort, 40))
		}
	}
	if strings.TrimSpace(a.Instructions) == "" {
		say(false, "It has no instructions.")
	}
	return out
}

func limited(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	return append(list[:most:most], report.Count(int64(len(list)-most), "others"))
}

// modelIssue says what is wrong with an assistant's model; bad tells that it cannot answer.
func modelIssue(a *domain.Assistant, m *service.Model, now time.Time) (why string, bad bool) {
	switch {
	case a.Model == "":
		return "", false
	case m == nil:
		return fmt.Sprintf("The model %s is not known here: what it takes and costs is not known either.", clip(a.Model, 80)), false
	case m.Gone:
		return fmt.Sprintf("OpenAI switched off the model %s on %s. Choose another one.", m.ID, m.Shutdown), true
	case !m.Allowed:
		return fmt.Sprintf("portal.yaml does not allow the model %s.", m.ID), true
	case m.Offered != nil && !*m.Offered:
		return fmt.Sprintf("The connected OpenAI account does not offer the model %s.", m.ID), true
	}
	if left, known := daysLeft(m, now); known && left <= soon {
		return fmt.Sprintf("OpenAI switches off the model %s on %s, in %s.", m.ID, m.Shutdown, report.Count(int64(left), "days")), false
	}
	return "", false
}

// soon is how many days before a model is switched off it is warned of.
const soon = 90

// daysLeft is how many days are left until a model is switched off, 0 on the day itself; false when none is announced.
func daysLeft(m *service.Model, now time.Time) (int, bool) {
	day, err := time.Parse(time.DateOnly, m.Shutdown)
	if err != nil {
		return 0, false
	}
	today := now.UTC().Truncate(24 * time.Hour)
	return max(0, int(day.Sub(today).Hours()/24)), true
}
