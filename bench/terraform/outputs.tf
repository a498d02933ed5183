output "accessKeyId" {
  value = aws_iam_access_key.this.id
}

output "secretAccessKey" {
  value     = aws_iam_access_key.this.secret
  sensitive = true
}

output "bucketName" {
  value = aws_s3_bucket.this.bucket
}

output "bucketArn" {
  value = aws_s3_bucket.this.arn
}

output "region" {
  value = aws_s3_bucket.this.region
}

output "userName" {
  value = aws_iam_user.this.name
}

output "userArn" {
  value = aws_iam_user.this.arn
}

output "groupName" {
  value = aws_iam_group.this.name
}

output "policyArn" {
  value = aws_iam_policy.this.arn
}
