package model

// Webhook is a request that the API sends: a webhook, or a callback of an operation.
type Webhook struct {
	*Operation

	Name string // in the spec
	Of   string // the method whose callback it is; "" for a webhook
	To   string // the expression for a callback's URL
	URL  *CallbackURL
}

// CallbackURL is a function that returns the URL of a callback from what its operation was given.
type CallbackURL struct {
	Func  string
	Type  *Type // of the argument: the body, or the struct of the parameters
	Parts []URLPart
}

// URLPart is a text of a URL, or a value of the argument.
type URLPart struct {
	Text  string
	Steps []Step // from the argument to the value; nil for a text
}
