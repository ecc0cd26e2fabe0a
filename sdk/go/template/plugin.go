// A plugin for Bubbles: keeps the warm readings, and adds a column.
package main

import "bubbles/transform"

// Config is what `config` in the pipeline holds.
type Config struct {
	Warm float64 `json:"warm" doc:"the least that is warm, in degrees Celsius"`
}

// Reading has the columns of the input that are looked at.
type Reading struct {
	Sensor  string   `json:"sensor"`
	Celsius *float64 `json:"celsius"`
}

// Warm has the columns of the output.
type Warm struct {
	Sensor     string  `json:"sensor"`
	Celsius    float64 `json:"celsius"`
	Fahrenheit float64 `json:"fahrenheit"`
}

func init() { transform.Rows("keeps the warm readings, in Fahrenheit too", warm) }

// One row in; emit for each row out. An error rejects the row.
func warm(config *Config, reading *Reading, emit func(*Warm)) error {
	if reading.Celsius == nil || *reading.Celsius < config.Warm {
		return nil
	}
	celsius := *reading.Celsius
	emit(&Warm{reading.Sensor, celsius, celsius*9/5 + 32})
	return nil
}

func main() {}
