package ratelimit

// Descriptors say how one API's counters are named in Envoy's rate limit service, so that Envoy,
// servers and clients share them. Each generated package has a function that returns its own.
type Descriptors struct {
	API        string
	Domain     string // in the service's configuration
	Address    string // name of the descriptor entry for a caller's address
	Limits     map[string]Descriptor
	Operations map[string]string // names of operations, by their values in partition keys
}

// A Descriptor says how a partition key of one limit becomes a descriptor.
type Descriptor struct {
	Key string // name of the descriptor entry for the key's values
	// Shapes has one letter for each value of a key: o for the operation, a for a caller's address,
	// v for any other. A limit whose keys differ in shape has several.
	Shapes []string
}
