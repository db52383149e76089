package assistant

// Models is the table of what models take and cost.
type Models struct{}
