package workflows

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// openOptions asks how to run the workflow. What was chosen last stands there again.
func (s *Screen) openOptions() tea.Cmd {
	o := s.opened
	last := func(id, otherwise string) string {
		if v, ok := s.options[id]; ok {
			return v
		}
		return otherwise
	}
	fields := []dialog.Field{
		{ID: "enroll", Label: "Records", Kind: dialog.KindChoice, Value: last("enroll", "matching"), Options: []dialog.Choice{
			{ID: "matching", Title: "those that match the triggers"}, {ID: "all", Title: "all, triggers or not"}, {ID: "ids", Title: "some, by their ids"}}},
		{ID: "ids", Label: "Ids", Value: last("ids", ""), Hint: "separated by commas", Disabled: func(v map[string]string) string {
			if v["enroll"] != "ids" {
				return "Only where records are chosen by their ids."
			}
			return ""
		}},
		{ID: "answers", Label: "Answers", Kind: dialog.KindChoice, Value: last("answers", s.env.Settings.Answers), Options: answersChoices(s.env.Portal.Answers)},
		{ID: "budget", Label: "Budget", Value: last("budget", s.env.Settings.MaxCost), Hint: "US dollars; empty for the portal's own", Check: checkBudget},
		{ID: "clock", Label: "Clock", Value: last("clock", ""), Hint: "skip, real, or x10 for ten times as fast; empty for the usual one", Check: checkClock},
		{ID: "concurrency", Label: "At once", Value: last("concurrency", ""), Hint: "how many records; empty for the usual number", Check: checkCount},
		{ID: "draft", Label: "Draft missing", Kind: dialog.KindBool, Value: last("draft", "false"), Hint: "a file for responses/ with each prompt without an answer; it is shown before it is written"},
	}
	return ui.Open(dialog.Form(s.env, dialog.FormOptions{Title: "Run " + o.name(), Fields: fields, Do: func(v map[string]string) tea.Cmd {
		s.options = v
		return ui.LaunchAs(requestOf(o.file, v))
	}}))
}

func answersChoices(own string) []dialog.Choice {
	if own == "" {
		own = "scripted"
	}
	return []dialog.Choice{{ID: "", Title: "the portal's own (" + own + ")"}, {ID: "scripted", Title: "scripted, from responses/"}, {ID: "replay", Title: "replay, from recordings/"},
		{ID: "record", Title: "record: live, and kept in recordings/"}, {ID: "live", Title: "live, asking OpenAI"}}
}

// requestOf is the run that the form's values ask for.
func requestOf(file string, v map[string]string) service.RunRequest {
	r := service.RunRequest{Workflow: file, Enroll: v["enroll"], Answers: v["answers"], MaxCost: strings.TrimSpace(v["budget"]), Clock: strings.TrimSpace(v["clock"]), DraftMissing: v["draft"] == "true"}
	if r.Enroll == "ids" {
		var ids []string
		for id := range strings.FieldsFuncSeq(v["ids"], func(r rune) bool { return r == ',' || r == ' ' }) {
			ids = append(ids, id)
		}
		r.Enroll = strings.Join(ids, ",")
	}
	r.Concurrency, _ = strconv.Atoi(strings.TrimSpace(v["concurrency"])) // checked; empty is 0, the usual number
	return r
}

func checkBudget(s string) error {
	if s = strings.TrimSpace(s); s == "" || regexp.MustCompile(`^\d{1,9}(\.\d{1,12})?$`).MatchString(s) {
		return nil
	}
	return errors.New("a budget is an amount of US dollars, such as 0.50")
}

func checkClock(s string) error {
	s = strings.TrimSpace(s)
	if s == "" || s == "skip" || s == "real" || regexp.MustCompile(`^x[1-9]\d{0,5}$`).MatchString(s) {
		return nil
	}
	return errors.New("the clock is skip, real, or x and how many times as fast: x10")
}

func checkCount(s string) error {
	const most = 1000
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); s == "" || err == nil && n >= 1 && n <= most {
		return nil
	}
	return fmt.Errorf("a number from 1 to %d", most)
}
