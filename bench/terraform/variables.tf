variable "endpoint" {
  description = "Where the local AWS answers."
  type        = string
}

variable "suffix" {
  description = "What ends the names, as Pulumi ends those that it makes."
  type        = string
}

variable "tags" {
  description = "Tags for the bucket, the policy and the user."
  type        = map(string)
  default     = {}
}
