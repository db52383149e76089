package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"askflow/internal/emulator"
	"askflow/internal/recording"
	"askflow/internal/report"
	"askflow/internal/suite"
)

// recordingJSON is a recorded interaction as listings show it.
type recordingJSON struct {
	Key        string          `json:"key"`
	File       string          `json:"file"`
	Line       int             `json:"line"`
	RecordedAt string          `json:"recordedAt"`
	Protocol   string          `json:"protocol,omitempty"`
	Model      string          `json:"model"`
	Repeat     int             `json:"repeat,omitempty"`
	Prompt     string          `json:"prompt"`
	Response   string          `json:"response"`
	Usage      recordingTokens `json:"usage"`
}

type recordingTokens struct {
	InputTokens     int `json:"inputTokens"`
	CachedTokens    int `json:"cachedTokens"`
	OutputTokens    int `json:"outputTokens"`
	ReasoningTokens int `json:"reasoningTokens"`
}

// droppedJSON is a recording that prune drops.
type droppedJSON struct {
	Key        string `json:"key"`
	File       string `json:"file"`
	Line       int    `json:"line"`
	RecordedAt string `json:"recordedAt"`
	Model      string `json:"model"`
	Prompt     string `json:"prompt"`
}

func (a *App) recordingsCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{Use: "recordings", Short: "List the recorded answers, or drop those nobody asks for", Args: oneOf}
	list := &cobra.Command{Use: "list", Short: "List the recorded answers", Args: exactly(0, "nothing")}
	for _, c := range []*cobra.Command{cmd, list} {
		outputFlag(c, &output)
		c.RunE = func(cmd *cobra.Command, _ []string) error {
			return a.listRecordings(cmd.Context(), output)
		}
	}
	dry, pruned := false, ""
	prune := &cobra.Command{
		Use: "prune", Short: "Drop the recordings that no workflow and no test asks for any more", Args: exactly(0, "nothing"),
		Long: "prune walks every workflow over all records of the portal, with the settings a run has by default, runs every test in tests/ with its matrix, repeats and judges on recorded answers, " +
			"and drops the recordings that are not asked for on the way. What was recorded with flags alone, such as --model, --seed, --records or --matrix, is dropped too; --dry-run shows what would go.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.pruneRecordings(cmd.Context(), dry, pruned)
		},
	}
	prune.Flags().BoolVar(&dry, "dry-run", false, "say what would be dropped, and drop nothing")
	outputFlag(prune, &pruned)
	cmd.AddCommand(list, prune)
	return cmd
}

func (a *App) listRecordings(ctx context.Context, output string) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	lib, err := e.Recordings()
	if err != nil {
		return err
	}
	defer func() { _ = lib.Close() }() // it was only read
	l := listing[recordingJSON]{name: "recordings", empty: "Nothing is recorded. A run with --answers record does: emulator run WORKFLOW --answers record" + a.again()}
	l.table = &report.Table{Head: []string{"KEY", "RECORDED", "MODEL", "IN", "OUT", "PROMPT", "ANSWER", "PLACE"}, Grow: 5, Right: map[int]bool{3: true, 4: true}}
	for _, key := range lib.Keys() {
		if err := ctx.Err(); err != nil {
			return err
		}
		i, err := lib.Lookup(key)
		if err != nil {
			return err
		}
		j := jsonOfRecording(i)
		if output == "jsonl" { // as they come: there can be very many
			if err := writeJSONLine(a.out, j); err != nil {
				return err
			}
			continue
		}
		l.items = append(l.items, j)
		if output == "text" {
			l.table.Rows = append(l.table.Rows, []string{shortKey(j.Key), j.RecordedAt, report.Safe(j.Model), report.Number(int64(j.Usage.InputTokens)), report.Number(int64(j.Usage.OutputTokens)),
				oneLine(j.Prompt), report.Truncate(oneLine(j.Response), 24), report.Safe(j.File) + ":" + strconv.Itoa(j.Line)})
		}
	}
	if output == "jsonl" {
		return nil
	}
	return show(a, output, l)
}

func jsonOfRecording(i *recording.Interaction) recordingJSON {
	j := recordingJSON{Key: i.Key, File: i.File, Line: i.Line, RecordedAt: i.RecordedAt, Model: i.Model, Response: i.Text(), Usage: recordingTokens(i.Usage)}
	if q, err := i.Question(); err == nil { // the answer is listed all the same
		j.Protocol, j.Prompt, j.Repeat = string(q.Protocol), q.Prompt, q.Repeat
	}
	return j
}

// shortKey is enough of a key for people to tell recordings apart.
func shortKey(key string) string {
	question, repeat, again := strings.Cut(key, "-")
	short := question[:min(len(question), 10)]
	if again {
		short += "-" + repeat
	}
	return short
}

func (a *App) pruneRecordings(ctx context.Context, dryRun bool, output string) error {
	e, err := a.open(ctx)
	if err != nil {
		return err
	}
	p, err := e.PruneRecordings(ctx, dryRun, suite.Asked)
	if err != nil {
		return err
	}
	l := listing[droppedJSON]{name: "dropped", empty: "Every recording is still asked for; nothing is dropped."}
	l.table = &report.Table{Head: []string{"KEY", "RECORDED", "MODEL", "PROMPT", "PLACE"}, Grow: 3}
	for _, d := range p.Dropped {
		l.items = append(l.items, droppedJSON(d))
		l.table.Rows = append(l.table.Rows, []string{shortKey(d.Key), d.RecordedAt, report.Safe(d.Model), oneLine(d.Prompt), report.Safe(d.File) + ":" + strconv.Itoa(d.Line)})
	}
	if err := show(a, output, l); err != nil {
		return err
	}
	a.pruneNotes(p, dryRun)
	return nil
}

func (a *App) pruneNotes(p *emulator.Pruning, dryRun bool) {
	style := a.errStyle()
	if p.Unrecorded > 0 {
		a.note("%s", style.Warn(fmt.Sprintf("%s not recorded; what would be asked after their answers is not known.", questions(p.Unrecorded))))
	}
	if len(p.NoRecords) > 0 {
		a.note("%s", style.Warn("Without records of their object, these workflows asked nothing: "+report.Safe(strings.Join(p.NoRecords, ", "))+"."))
	}
	verb := "Dropped"
	if dryRun {
		verb = "Would drop"
	}
	a.note("%s", style.Faint(fmt.Sprintf("%s %s, keeping %s.", verb, report.Count(int64(len(p.Dropped)), "recordings"), report.Number(int64(p.Kept)))))
	if dryRun && len(p.Dropped) > 0 {
		a.note("Next: %s", style.Link("emulator recordings prune"+a.again()))
	}
}

func questions(n int) string {
	if n == 1 {
		return "1 question is"
	}
	return report.Number(int64(n)) + " questions are"
}

// recorded says what a record run left in recordings/.
func (a *App) recorded(c *recording.Changes) {
	if c == nil || c.Added+c.Changed+c.Unchanged == 0 {
		return
	}
	files := "nothing was written"
	if len(c.Files) > 0 {
		files = "see " + strings.Join(c.Files, ", ")
	}
	a.note("%s", a.errStyle().Faint(report.Safe(fmt.Sprintf("Recorded: %s new, %s changed, %s as before; %s.", report.Number(int64(c.Added)), report.Number(int64(c.Changed)), report.Number(int64(c.Unchanged)), files))))
}
