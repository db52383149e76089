package runs

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/ui"
)

// againRun is a run that is to be run again, with the records it is to be run for.
type againRun struct {
	run *run.Run
	ids []string
}

// again runs the same with its settings, which are read first; with marked enrollments only their records.
func (s *Screen) again() tea.Cmd {
	id, runs := s.target().ID, s.env.Services.Runs
	var ids []string
	if s.one != nil {
		for _, key := range s.one.table.Marked() {
			_, record, _ := strings.Cut(key, " ")
			ids = append(ids, record)
		}
	}
	return ui.Load(s.env, &s.load.again, func(ctx context.Context) (againRun, error) {
		r, err := runs.Run(ctx, id)
		return againRun{r, ids}, err
	})
}

func (s *Screen) againLoaded(msg ui.Loaded[againRun]) tea.Cmd {
	if msg.Of != &s.load.again || !s.load.again.Take(msg.N) {
		return nil
	}
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	r := msg.Value.run
	was := settingsOf(r)
	if flags := was.onlyThere(); flags != "" && was.known {
		return ui.Fail(&service.Error{Code: "only_command_line", Message: fmt.Sprintf("Run %s was started with %s, which only the command line has.", r.ID, flags),
			Hint: "repeat it there: emulator run, with the same flags"})
	}
	request := was.request(r)
	if len(msg.Value.ids) > 0 {
		request.Enroll = strings.Join(msg.Value.ids, ",")
	}
	filled := s.env.Settings.Fill(request, false)
	if filled == request {
		return ui.Launch(request)
	}
	// What was chosen for the next run counts wherever this run left the choice open: that is not the same run.
	var details []string
	for _, change := range [][3]string{{"assistant", request.Assistant, filled.Assistant}, {"model", request.Model, filled.Model}, {"effort", request.ReasoningEffort, filled.ReasoningEffort},
		{"budget", request.MaxCost, filled.MaxCost}} {
		if change[1] != change[2] {
			details = append(details, change[0]+" "+change[2])
		}
	}
	if request.Temperature != filled.Temperature {
		details = append(details, fmt.Sprintf("temperature %g", *filled.Temperature))
	}
	return ui.Open(dialog.Confirm(s.env, dialog.ConfirmOptions{Title: "Run " + r.ID + " again", Yes: "run",
		Text:    "The run left choices open, and what is chosen for the next run in Assistant fills them:",
		Details: details, Do: func() tea.Cmd { return ui.Launch(request) }}))
}

// hopHow says which enrollment is next.
type hopHow int

const (
	hopNext hopHow = iota
	hopPrevious
	hopFailed
)

// hop opens the enrollment next to the open one, by the filter of the list.
func (s *Screen) hop(to hopHow) tea.Cmd {
	o := s.one
	q := o.query.slice(s.enrollment.Seq())
	switch to {
	case hopPrevious:
		q = o.query.sliceBack(s.enrollment.Seq())
	case hopFailed:
		q.Failed = true
		q.Scan = max(q.Scan, columnSlice)
	}
	q.Limit = 1
	if o.query.answer != "" { // of which the store finds a little too many
		q.Limit = 50
	}
	runs, id := s.env.Services.Runs, o.id
	return ui.Load(s.env, &s.load.hop, func(ctx context.Context) (nextRow, error) {
		page, err := runs.Briefs(ctx, id, q)
		return nextRow{to, page}, err
	})
}

func (s *Screen) hopped(msg ui.Loaded[nextRow]) tea.Cmd {
	if msg.Of != &s.load.hop || !s.load.hop.Take(msg.N) || s.one == nil || s.enrollment == nil {
		return nil
	}
	if msg.Err != nil {
		return ui.Fail(msg.Err)
	}
	for i := range msg.Value.page.Briefs {
		b := &msg.Value.page.Briefs[i]
		if !s.one.query.matches(b) {
			continue
		}
		s.one.inspected = b.Seq
		s.one.selectSeq(b.Seq)
		return s.enrollment.Show(b.Seq)
	}
	what := [...]string{"This is the last enrollment", "This is the first enrollment", "No failed enrollment follows"}[msg.Value.how]
	if msg.Value.page.More {
		what = "None was found among the next " + report.Number(msg.Value.page.Scanned) + " records"
	} else if s.one.query.any() {
		what += " that the filter shows"
	}
	return ui.Note(what + ".")
}
