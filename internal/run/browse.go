package run

import (
	"context"
	"errors"
)

// Browser reads windows of what is stored: what a screen shows at once. A call without a filter costs what it returns, however
// much is stored; with one, Scan bounds what it looks at. Several goroutines may use it; every call ends soon after its context.
type Browser interface {
	// RunList lists runs, newest first, without Settings, Flow and Inputs.
	RunList(ctx context.Context, q RunQuery) ([]*Run, error)
	// RunCount is how many runs there are.
	RunCount(ctx context.Context) (int64, error)
	// Briefs returns a page of a run's rows in short; ErrNotFound when there is no such run. runID may be "last".
	Briefs(ctx context.Context, runID string, q BriefQuery) (BriefPage, error)
	// Row returns one whole row; ErrNoRow when the place has none, ErrNotFound when there is no such run.
	Row(ctx context.Context, runID string, seq int64) (*Row, error)
	// Near returns the first place at which a record stands in a run. It may look at every row. ErrNoRow when it is not there.
	Near(ctx context.Context, runID, recordID string) (seq int64, err error)
	// EffectPage returns a page of effects, of one run or of all; ErrNotFound when there is no such run.
	EffectPage(ctx context.Context, q EffectQuery) (EffectPage, error)
}

// ErrNoRow tells that the run has no result there.
var ErrNoRow = errors.New("the run has no such result")

// RunQuery selects runs.
type RunQuery struct { //nolint:revive // a Query selects rows, this one runs
	// Before is a run's id: only older runs, the newest of them first. "" from the newest on. After is one too: only newer
	// runs; without Before, those next to it. The runs named need not exist. Either way the newest comes first.
	Before, After string
	Workflow      string   // the workflow's file; "" for all
	Statuses      []Status // as the runs read: a run whose process is gone is INTERRUPTED; none for all
	Text          string   // in id, workflow's name, file and id, answers; upper and lower case do not count; "" for all
	Limit         int      // 0 for no limit
}

// BriefQuery selects rows of a run. Its zero value is not "all": set AfterSeq and BeforeSeq to -1.
type BriefQuery struct {
	AfterSeq  int64 // only rows behind this place; -1 from the start
	BeforeSeq int64 // only rows before this place; -1 to the end
	// Backwards reads from BeforeSeq towards the start: the row next to it comes first.
	Backwards bool
	Limit     int   // most briefs returned; 0 for no limit
	Scan      int64 // most places looked at; 0 for no limit

	States      []State   // none for all
	Failed      bool      // only rows with a failed step
	Asked       bool      // only rows that asked OpenAI
	Action      string    // only rows with a step of this action's id; "" for all
	ActionState StepState // only rows with a step (of Action, when that is set) that ended so; "" for all
	Text        string    // in record id, record name, reason and responses; upper and lower case do not count; "" for all
}

// Brief is a row in short, for a table.
type Brief struct {
	Seq         int64
	Record      RecordRef
	State       State
	Reason      string
	FailedSteps int
	Asks        int
	NoAnswer    int
	CostUSD     string // exact decimal; "" when nothing was asked
	// Steps is how many steps were executed.
	Steps int
	// Answer is the last response, its first 300 characters; "" when there was none.
	Answer string
	// LatencyMs is what the last ask took, in milliseconds on the enrollment's timeline.
	LatencyMs int64
	// Problem is the code of the first failed step's error, ProblemText its sentence, the first 300 characters.
	Problem, ProblemText string
}

// BriefPage is a page of briefs in the order of reading.
type BriefPage struct {
	Briefs []Brief
	// Next is the place where the next call goes on: its AfterSeq, or BeforeSeq backwards. It has sense only with More.
	Next int64
	// More tells that rows which were not looked at are left; a page may be empty and still have more behind it.
	More bool
	// Scanned is how many places this call has passed, at most Scan.
	Scanned int64
}

// EffectKey is the place of an effect: the run, the row in it, the effect in the row's list. Its zero value is no place.
type EffectKey struct {
	Run   string
	Seq   int64
	Index int // from 0
}

// EffectQuery selects effects. They stand in this order: newest run first, in a run by place, in a row as they happened.
type EffectQuery struct {
	Run   string       // only of this run, "last" is the newest; "" for all runs
	Types []EffectType // none for all
	// User selects notifications and emails that go to this user id, Teams those that go to one of these team ids, Owner
	// tasks that this owner id has. With one of them set, what none of them selects is left out.
	User, Owner string
	Teams       []string
	// After is where the page before ended; the zero value begins at the first effect, backwards at the last.
	After     EffectKey
	Backwards bool  // towards the first effect: the one next to After comes first
	Limit     int   // most effects returned; 0 for no limit
	Scan      int64 // most places looked at, and at least one for each run; 0 for no limit
}

// EffectItem is an effect and where it comes from. Effect.ActionID is the action that made it.
type EffectItem struct {
	EffectKey
	Workflow Workflow
	Record   RecordRef
	Effect   Effect
}

// EffectPage is a page of effects in the order of reading.
type EffectPage struct {
	Items []EffectItem
	// Next is what the next call takes as After. It has sense only with More.
	Next EffectKey
	// More tells that rows which were not looked at are left; a page may be empty and still have more behind it.
	More bool
	// Scanned is how many places this call has passed.
	Scanned int64
}
