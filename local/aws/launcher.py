"""Runs MiniStack as the local AWS of one folder, with AWS behavior that it lacks.

Everything specific to MiniStack is in this file and in requirements.in. The rest of the project knows that
`launcher.py FOLDER PORT VERSION MARK` serves AWS on https://127.0.0.1:PORT (0: any free one), that FOLDER then holds
certificate.pem and listening.json (the process, its ports for https and http, VERSION), and that MARK in the list of
processes identifies the owner of the process.
"""

import asyncio
import html
import json
import logging
import os
import re
import socket
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, urlencode

folder, port = Path(sys.argv[1]), int(sys.argv[2])

os.umask(0o077)  # certificate.key is private, and the state holds the secrets of access keys


def bind(number):
    """A socket on 127.0.0.1; 0 takes any free port."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", number))
    return bound


https, http = bind(port), bind(0)
listening = {
    "pid": os.getpid(),
    "port": https.getsockname()[1],
    "httpPort": http.getsockname()[1],
    "version": sys.argv[3],
}

# MiniStack reads its settings when it is imported, so they come first.
os.environ.update(
    AUTH="true",  # IAM is enforced; without it every request is allowed
    AWS_ACCESS_KEY_ID="test",  # the root credentials
    AWS_SECRET_ACCESS_KEY="test",
    MINISTACK_ACCOUNT_ID="000000000000",
    MINISTACK_REGION="us-east-1",
    MINISTACK_HOST="127.0.0.1",
    GATEWAY_PORT=str(listening["port"]),
    PERSIST_STATE="1",
    STATE_DIR=str(folder / "state"),
    S3_PERSIST="1",
    S3_DATA_DIR=str(folder / "objects"),
    IOT_MTLS_ENABLED="0",  # otherwise it listens on another fixed port
    SFTP_ENABLED="0",
)

import ministack.app as ministack  # noqa: E402
from hypercorn.asyncio import serve  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack.core import iam_actions, iam_evaluator, persistence  # noqa: E402
from ministack.core.responses import get_request_client_ip  # noqa: E402
from ministack.services import iam, s3, sts  # noqa: E402


def add_missing_lists():
    """The AWS provider asks for these three when it destroys a user with `forceDestroy`, and retries forever
    if they are unknown. None of them can be created here, so the lists are empty."""
    for action, items in {
        "ListSSHPublicKeys": "SSHPublicKeys",
        "ListSigningCertificates": "Certificates",
        "ListServiceSpecificCredentials": "ServiceSpecificCredentials",
    }.items():
        answer = f"<{action}Result><{items}/><IsTruncated>false</IsTruncated></{action}Result>"
        iam._IAM_HANDLERS[action] = lambda _, action=action, answer=answer: iam._xml(200, f"{action}Response", answer)


def check_upload_headers():
    """On AWS, an upload header that does more than store the object needs an additional permission."""
    actions = {
        "x-amz-acl": "s3:PutObjectAcl",
        "x-amz-grant-": "s3:PutObjectAcl",
        "x-amz-tagging": "s3:PutObjectTagging",
        "x-amz-object-lock-mode": "s3:PutObjectRetention",
        "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
    }
    known_checks = iam_actions.s3_additional_checks

    def checks(method, path, headers, body, query):
        more = known_checks(method, path, headers, body, query)
        key = path.lstrip("/")
        if "/" in key and iam_actions._s3_action(method, path, query) == "PutObject":
            for header, action in actions.items():
                # Not x-amz-tagging-directive: alone, it sets no tags.
                if any(name == header or (header.endswith("-") and name.startswith(header)) for name in headers):
                    more.append((action, f"arn:aws:s3:::{key}"))
        return more

    iam_actions.s3_additional_checks = checks


def check_creations():
    """Creating anything with tags, or a bucket with Object Lock, needs the permissions for these as well (for a parameter and
    a secret: Systems Manager API, PutParameter; Secrets Manager User Guide, "Determine who has permissions")."""
    known_checks = iam_actions.s3_additional_checks
    known_dispatch = ministack._dispatch_service_request
    to_tag = {
        "AmazonSSM.PutParameter": "ssm:AddTagsToResource",
        "secretsmanager.CreateSecret": "secretsmanager:TagResource",
    }

    def checks(method, path, headers, body, query):
        more = known_checks(method, path, headers, body, query)
        bucket = f"arn:aws:s3:::{path.strip('/')}"
        if iam_actions._s3_action(method, path, query) == "CreateBucket":
            if b"<Tag>" in body:
                more.append(("s3:TagResource", bucket))
            if headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
                more += [("s3:PutBucketObjectLockConfiguration", bucket), ("s3:PutBucketVersioning", bucket)]
        return more

    async def dispatch(method, path, headers, body, query, request_id):
        params = ministack._routing_params(method, path, headers, body, query)
        created = re.fullmatch("Create(User|Policy|Role)", iam_actions._query_param(params, "Action"))
        if created and "Tags.member.1.Key" in params:
            arn = iam_actions.extract_resource_arn("iam", method, path, headers, body, params, "", iam.get_account_id())
            action = f"iam:Tag{created[1]}"
            denied = ministack._enforce_data_plane("iam", action, headers, query, request_id, resource_arn=arn)
            if denied:
                return denied
        action = to_tag.get(headers.get("x-amz-target"))
        if action and json.loads(body).get("Tags"):
            service, place = action.split(":")[0], (ministack.extract_region(headers, query), iam.get_account_id())
            arn = iam_actions.extract_resource_arn(service, method, path, headers, body, query, *place)
            denied = ministack._enforce_data_plane(service, action, headers, query, request_id, resource_arn=arn)
            if denied:
                return denied
        return await known_dispatch(method, path, headers, body, query, request_id)

    iam_actions.s3_additional_checks = checks
    ministack._dispatch_service_request = dispatch


def refuse_acls():
    """If the bucket's owner owns every object, which is AWS's default, S3 refuses any request that would set an ACL."""
    known_dispatch = s3._dispatch

    def dispatch(method, bucket, key, headers, body, query):
        acl = headers.get("x-amz-acl", "bucket-owner-full-control")
        grants = any(name.startswith("x-amz-grant-") for name in headers)
        sets_acl = "acl" in query or acl != "bucket-owner-full-control" or grants
        if method in ("PUT", "POST") and key and bucket in s3._buckets and sets_acl:
            ownership = s3._buckets[bucket].get("_ownership_controls", "BucketOwnerEnforced")
            if "BucketOwnerEnforced" in ownership:
                return s3._error("AccessControlListNotSupported", "The bucket does not allow ACLs", 400, f"/{bucket}")
        return known_dispatch(method, bucket, key, headers, body, query)

    s3._dispatch = dispatch


def require_checksums():
    """An upload that will be locked needs a checksum, and so does each of its parts (S3 User Guide, "Object Lock
    considerations"; the words are AWS's, as s3cmd#1177 and s3cmd#1436 quote them)."""
    known_put, known_part = s3._put_object, s3._upload_part
    checksums = {"content-md5", *(f"x-amz-checksum-{name}" for name in s3._S3_CHECKSUM_HEADERS)}

    def refusal(bucket, headers, kind, locks):
        locks = locks or (s3._bucket_object_lock.get(bucket) or {}).get("default_retention")
        if not locks or not checksums.isdisjoint(headers):
            return None
        header = "Content-MD5 OR x-amz-checksum- HTTP header"
        message = f"{header} is required for Put {kind} requests with Object Lock parameters"
        return s3._error("InvalidRequest", message, 400, f"/{bucket}")

    def put(bucket, key, body, headers):
        locks = any(headers.get(name) for name in s3._OBJECT_LOCK_HEADERS)
        return refusal(bucket, headers, "Object", locks) or known_put(bucket, key, body, headers)

    def part(bucket, key, body, query, headers):
        locks = s3._multipart_uploads.get(s3._qp(query, "uploadId"), {}).get("locks")
        return refusal(bucket, headers, "Part", locks) or known_part(bucket, key, body, query, headers)

    s3._put_object, s3._upload_part = put, part


def lock_all_that_is_written():
    """What is uploaded in parts is locked too, as its CreateMultipartUpload said or by the default retention, and so is a copy,
    which takes nothing of its source's lock (S3 User Guide, "Object Lock considerations"; S3 API, CopyObject)."""
    known_create, known_complete, known_copy = s3._create_multipart_upload, s3._complete_multipart_upload, s3._copy_object

    def lock(bucket, key, headers, response):
        version = response[1].get("x-amz-version-id")
        if response[0] == 200 and version:
            for store in (s3._object_retention, s3._object_legal_hold):
                store.pop((bucket, key, version), None)
            s3._apply_object_lock_from_headers(bucket, key, headers, version)
        return response

    def create(bucket, key, headers):
        before = set(s3._multipart_uploads)
        response = known_create(bucket, key, headers)
        for upload in set(s3._multipart_uploads) - before:
            s3._multipart_uploads[upload]["locks"] = {
                name: headers[name] for name in s3._OBJECT_LOCK_HEADERS if headers.get(name)
            }
        return response

    def complete(bucket, key, body, query, headers=None):
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
        response = known_complete(bucket, key, body, query, headers)
        return response if upload is None else lock(bucket, key, upload["locks"], response)

    def copy(bucket, key, headers):
        return lock(bucket, key, headers, known_copy(bucket, key, headers))

    s3._create_multipart_upload, s3._complete_multipart_upload, s3._copy_object = create, complete, copy


def keep_namespaces():
    """A name in the account-regional namespace needs the header that says so, and the header the suffix of the caller's account and
    region (S3 API, CreateBucket; the errors are those of AWS, as ansible-collections/amazon.aws#2935 and moto#9871 have them)."""
    known_create = s3._create_bucket
    reserved = re.compile(r".+-\d{12}-[a-z]+(-[a-z]+)+-\d+-an")

    def create(name, body, headers=None, endpoint_region=None):
        namespace = (headers or {}).get("x-amz-bucket-namespace", "global")
        suffix = f"-{iam.get_account_id()}-{endpoint_region or s3.get_region()}-an"
        code = message = None
        if namespace not in ("global", "account-regional"):
            code, message = "InvalidArgument", "The bucket namespace is not valid."
        elif namespace == "global" and reserved.fullmatch(name):
            code, message = "MissingNamespaceHeader", (
                "The requested bucket is an account-regional namespace bucket, but your request is missing the required "
                "x-amz-bucket-namespace header."
            )
        elif namespace == "account-regional" and not name.endswith(suffix):
            code, message = "InvalidNamespaceHeader", f"The bucket's name must end with {suffix}."
        return s3._error(code, message, 400, f"/{name}") if code else known_create(name, body, headers, endpoint_region)

    s3._create_bucket = create


def add_customer_encryption_key():
    """A policy can refuse uploads that are encrypted with the caller's own key (SSE-C)."""
    known_context = iam_actions.s3_service_context
    header = "x-amz-server-side-encryption-customer-algorithm"

    def context(iam_action, query_params, path="", headers=None):
        values = known_context(iam_action, query_params, path, headers)
        if iam_action == "s3:PutObject" and headers and header in headers:
            values[f"s3:{header}"] = headers[header]
        return values

    iam_actions.s3_service_context = context


def refuse_blocked_encryption():
    """If the bucket blocks SSE-C, S3 refuses each upload that asks for it, from any caller and before it looks at the
    key: objects, copies, forms, and uploads in parts from their beginning on. What is stored already can be read.
    On AWS, new buckets block SSE-C by default; here they don't, so that a test shows what has blocked it."""
    known_write, known_part = s3._resolve_sse_write_headers, s3._check_sse_c_part

    def refusal(headers, bucket):
        asks = any(name.startswith("x-amz-server-side-encryption-customer-") for name in headers)
        if asks and "EncryptionType>SSE-C<" in s3._bucket_encryption.get(bucket, ""):
            return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}")
        return None

    def write(headers, bucket):
        refused = refusal(headers, bucket)
        return (None, refused) if refused else known_write(headers, bucket)

    def part(headers, upload):
        return refusal(headers, upload["bucket"]) or known_part(headers, upload)

    s3._resolve_sse_write_headers, s3._check_sse_c_part = write, part


def limit_access_keys():
    """Two for each user, as on AWS, so that a rotation that needs a third fails here too."""
    create = iam._IAM_HANDLERS["CreateAccessKey"]

    def create_within_limit(params):
        owned = [key for key in iam._access_keys.values() if key["UserName"] == iam._p(params, "UserName")]
        if len(owned) >= 2:
            return iam._error(409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", ns="iam")
        return create(params)

    iam._IAM_HANDLERS["CreateAccessKey"] = create_within_limit


def see_answers(see):
    """Passes each request and its response to `see`, and returns the response that it returns; a bucket in a host name is in the
    path."""
    by_path, by_host = ministack._dispatch_service_request, ministack._handle_s3_vhost_request

    async def dispatch(method, path, headers, body, query, request_id):
        answer = await by_path(method, path, headers, body, query, request_id)
        return see(answer, method, path, headers, body, query, request_id)

    async def virtual_host(host, path, method, headers, body, query):
        answer = await by_host(host, path, method, headers, body, query)
        path = f"/{ministack._extract_s3_vhost_bucket(host)}{path}"
        return answer and see(answer, method, path, headers, body, query, "")

    ministack._dispatch_service_request = dispatch
    ministack._handle_s3_vhost_request = virtual_host


def note_last_use():
    """IAM reports when a key was last used, for which service and in which region, once it has been used."""
    credential = re.compile(r"Credential=(\w+)/\d+/([\w-]+)/(\w+)/aws4_request")

    def note(answer, method, path, headers, body, query, request_id):
        signed = credential.search(headers.get("authorization", ""))
        if signed and signed[1] in iam._access_keys:
            now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            iam._access_keys[signed[1]]["LastUsed"] = [now, signed[2], signed[3]]
        return answer

    def last_used(params):
        answer = known_answer(params)
        at, region, service = iam._access_keys.get(iam._p(params, "AccessKeyId"), {}).get("LastUsed", (None, None, None))
        if at is None:
            return answer
        never = b"<Region>N/A</Region><ServiceName>N/A</ServiceName>"
        used = f"<LastUsedDate>{at}</LastUsedDate><Region>{region}</Region><ServiceName>{service}</ServiceName>"
        return *answer[:2], answer[2].replace(never, used.encode())

    see_answers(note)
    known_answer = iam._IAM_HANDLERS["GetAccessKeyLastUsed"]
    iam._IAM_HANDLERS["GetAccessKeyLastUsed"] = last_used


def hide_missing_objects():
    """Without s3:ListBucket, AWS doesn't reveal whether an object is missing: 403, not 404. Backup tools that look
    before they write depend on it. Where a policy limits the listing to a prefix, AWS takes the key for it."""

    def hide(answer, method, path, headers, body, query, request_id):
        bucket, _, key = path.lstrip("/").partition("/")
        if answer[0] == 404 and method in ("GET", "HEAD") and key and bucket in s3._buckets:
            denied = ministack._enforce_data_plane(
                "s3",
                "s3:ListBucket",
                headers,
                query,
                request_id,
                resource_arn=f"arn:aws:s3:::{bucket}",
                service_context={"s3:prefix": key},
            )
            return denied or answer
        return answer

    see_answers(hide)


def hide_locks():
    """A caller that may not read an object's retention or legal hold doesn't see it with the object either (S3 API, HeadObject)."""
    shown_to = {
        "x-amz-object-lock-mode": "s3:GetObjectRetention",
        "x-amz-object-lock-retain-until-date": "s3:GetObjectRetention",
        "x-amz-object-lock-legal-hold": "s3:GetObjectLegalHold",
    }

    def hide(answer, method, path, headers, body, query, request_id):
        if method not in ("GET", "HEAD") or shown_to.keys().isdisjoint(answer[1]):
            return answer

        def denied(action):
            arn = f"arn:aws:s3:::{path.lstrip('/')}"
            return ministack._enforce_data_plane("s3", action, headers, query, request_id, resource_arn=arn)

        hidden = {action for action in set(shown_to.values()) if denied(action)}
        seen = {name: value for name, value in answer[1].items() if shown_to.get(name) not in hidden}
        return (answer[0], seen, *answer[2:])

    see_answers(hide)


def check_log_buckets():
    """A bucket logs to another one of its account and region (S3 API, PutBucketLogging). As on AWS, nothing checks
    whether the logs can be delivered."""
    known_put = s3._put_bucket_logging

    def put(name, body):
        target = re.search(r"<TargetBucket>(.*?)</TargetBucket>", body.decode())
        if target and name in s3._buckets:
            if target[1] not in s3._buckets:
                message = "The target bucket for logging does not exist"
                return s3._error("InvalidTargetBucketForLogging", message, 400, f"/{name}")
            if s3._buckets[target[1]]["region"] != s3._buckets[name]["region"]:
                message = "Cross S3 location logging not allowed."
                return s3._error("CrossLocationLoggingProhibitted", message, 403, f"/{name}")
        return known_put(name, body)

    s3._put_bucket_logging = put


def deliver_access_logs():
    """Writes the access logs of buckets that have them: each record at once, where AWS takes hours, in AWS's format
    (docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html). As on AWS, they are silently lost if the target's
    policy doesn't let the logging service write, or if it encrypts with a KMS key or has a default retention."""
    service = "logging.s3.amazonaws.com"
    resources = {
        **{"acl": "ACL", "delete": "MULTI_OBJECT_DELETE", "lifecycle": "LIFECYCLE", "location": "LOCATION"},
        **{"logging": "LOGGING_STATUS", "partNumber": "PART", "policy": "BUCKETPOLICY", "tagging": "OBJECT_TAGGING"},
        **{"uploadId": "UPLOAD", "uploads": "UPLOADS", "versioning": "VERSIONING", "versions": "BUCKETVERSIONS"},
    }

    def element(xml, name):
        found = re.search(rf"<{name}>(.*?)</{name}>", xml)
        return html.unescape(found[1]) if found else None

    def operation(method, key, headers, query):
        of = next((name for asked, name in resources.items() if asked in query), "OBJECT" if key else "BUCKET")
        verb = "COPY" if method == "PUT" and "x-amz-copy-source" in headers and of in ("OBJECT", "PART") else method
        return f"REST.{verb}.{of}"

    def requester(headers, query):
        """An IAM user or a session by its ARN, never by its key; the account itself by its canonical ID."""
        if "authorization" not in headers and "X-Amz-Credential" not in query:
            return "-"
        arn = iam_evaluator.request_caller_arn(headers, query)
        return s3._canonical_owner_id() if arn.endswith(":root") else arn

    def can_deliver(source, target, key):
        account = iam.get_account_id()
        arn = f"arn:aws:s3:::{target}/{key}"
        given = {"aws:sourcearn": f"arn:aws:s3:::{source}", "aws:sourceaccount": account}
        context = iam_evaluator.EvalContext(
            service, "Service", account, "s3:PutObject", arn, "us-east-1", secure_transport=True, service_context=given
        )
        allowed = iam_evaluator.evaluate_resource_policy(s3._bucket_policies.get(target), context, service=service)
        locks = (s3._bucket_object_lock.get(target) or {}).get("default_retention")
        return allowed.decision == "Allow" and "aws:kms" not in s3._bucket_encryption.get(target, "") and not locks

    def quoted(text):
        """Values that a client chooses are encoded twice."""
        return quote(quote(text, safe="/"), safe="/")

    def log(answer, method, path, headers, body, query, request_id):
        bucket, _, key = path.lstrip("/").partition("/")
        config = s3._bucket_logging_config.get(bucket, "") if bucket in s3._buckets else ""
        target = element(config, "TargetBucket")
        if target in s3._buckets:
            now = datetime.now(timezone.utc)
            asked = {name: (value or [""])[0] for name, value in query.items()}
            uri = quoted(path) + ("?" + quote(urlencode(asked), safe="=&") if asked else "")
            agent = quote(headers.get("user-agent", "-"), safe="/ ();:,+=#-")
            status, error = answer[0], "-"
            if status >= 400 and isinstance(answer[2], bytes):
                error = element(answer[2].decode(errors="replace"), "Code") or "-"

            def record(what, of, version, code, line):
                owner = s3._canonical_owner_id()
                fields = [owner, bucket, now.strftime("[%d/%b/%Y:%H:%M:%S +0000]"), get_request_client_ip()]
                fields += [requester(headers, query), (request_id or os.urandom(8).hex()).replace("-", "")[:16].upper(), what]
                fields += [quoted(of) if of else "-", line, code, error, "-", "-", "7", "6", '"-"']
                fields += [f'"{agent}"', version or "-", "aG9zdA==", "SigV4", "TLS_AES_128_GCM_SHA256", "AuthHeader"]
                return " ".join([*fields, headers.get("host", "-"), "TLSv1.3", "-", "-", "us-east-1"])

            line = f'"{method} {uri} HTTP/1.1"'
            lines = [record(operation(method, key, headers, query), key, asked.get("versionId"), str(status), line)]
            if method == "POST" and "delete" in query and status == 200:
                for entry in re.findall(r"<Object>(.*?)</Object>", body.decode(), re.S):
                    lines.append(record("BATCH.DELETE.OBJECT", element(entry, "Key"), element(entry, "VersionId"), "204", "-"))
            prefix = element(config, "TargetPrefix") or ""
            if "<PartitionedPrefix>" in config:
                region = s3._buckets[bucket]["region"]
                prefix += f"{iam.get_account_id()}/{region}/{bucket}/{now:%Y/%m/%d}/"
            hour = "00-00-00" if element(config, "PartitionDateSource") == "EventTime" else f"{now:%H-%M-%S}"
            name = f"{prefix}{now:%Y-%m-%d}-{hour}-{os.urandom(8).hex().upper()}"
            if can_deliver(bucket, target, name):
                s3._put_object(target, name, "".join(f"{line}\n" for line in lines).encode(), {})
        return answer

    see_answers(log)


def wrap_s3_control_errors():
    """S3 Control's errors are wrapped in an element that S3's aren't. Without it the AWS provider cannot read that
    a call about tags was refused, and does not try S3's own."""
    known_handler = ministack._handle_s3_control_request

    async def handle(*arguments):
        answer = await known_handler(*arguments)
        if not answer or b"<Error><Code>" not in answer[2] or b"<ErrorResponse" in answer[2]:
            return answer
        status, headers, body = answer
        body = body.replace(b"<Error>", b"<ErrorResponse><Error>").replace(b"</Error>", b"</Error></ErrorResponse>")
        return status, headers, body

    ministack._handle_s3_control_request = handle


def name_iam_resources():
    """What a policy's Resource is compared with, by AWS's service authorization reference: the group where a call names a
    user or a policy in addition, the policy that is to be created, the owner of a key, and each with its path."""
    known_resource = iam_actions.extract_resource_arn

    def resource(service, method, path, headers, body, query, region, account):
        def param(name):
            return iam_actions._query_param(query, name)

        if service == "iam" and param("PolicySourceArn"):
            return param("PolicySourceArn")
        if service == "iam":
            iam_path = param("Path") or "/"
            owner = iam._access_keys.get(param("AccessKeyId"), {}).get("UserName")
            for kind, name, existing in (
                ("role", param("RoleName"), iam._roles),
                ("group", param("GroupName"), iam._groups),
                ("user", param("UserName") or owner, iam._users),
                ("policy", not param("PolicyArn") and param("PolicyName"), {}),
            ):
                if name:
                    return existing.get(name, {}).get("Arn", f"arn:aws:iam::{account}:{kind}{iam_path}{name}")
        return known_resource(service, method, path, headers, body, query, region, account)

    iam_actions.extract_resource_arn = resource


def limit_sessions():
    """What STS refuses in addition to what a role's trust policy doesn't allow (STS API: AssumeRole, AssumeRoleWithWebIdentity and
    GetSessionToken; IAM User Guide, "Compare AWS STS credentials"). Unlike on AWS, a token's signature isn't checked, so that
    a test can write one; its provider must be in IAM, with its audience."""
    known_dispatch = ministack._dispatch_service_request

    def refusal(action, param, headers, query):
        role_arn, seconds = param("RoleArn") or "", int(param("DurationSeconds") or 3600)
        if action in ("AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken") and seconds < 900:
            return 400, "ValidationError", "DurationSeconds must be at least 900."
        if action in ("AssumeRole", "AssumeRoleWithWebIdentity") and role_arn.count(":") > 4:
            role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rsplit("/", 1)[-1]) or {}
            if seconds > int(role.get("MaxSessionDuration") or 3600):
                message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                return 400, "ValidationError", message
        if action == "AssumeRole":
            caller = iam_evaluator.request_caller_arn(headers, query)
            if caller.endswith(":root"):
                return 403, "AccessDenied", "Roles may not be assumed by root accounts."
            if ":assumed-role/" in caller and seconds > 3600:
                message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
                return 400, "ValidationError", message
        if action == "AssumeRoleWithWebIdentity":
            provider, claims = sts._web_identity_principal(param("WebIdentityToken"), param("ProviderId"), role_arn)
            known = iam._oidc_providers.get(provider)
            audience = next((claim for name, claim in claims.items() if name.endswith(":aud")), None)
            if known is None:
                return 400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for this token."
            if audience not in known["ClientIDList"]:
                return 400, "InvalidIdentityToken", "Incorrect token audience"
        key = iam_evaluator._signed_request.get()
        session = sts._sessions.get(key.access_key_id if key else "") or {}
        if session.get("PrincipalType") == "User" and action in iam._IAM_HANDLERS:
            return 403, "InvalidClientTokenId", "The security token included in the request is invalid"
        return None

    async def dispatch(method, path, headers, body, query, request_id):
        params = ministack._routing_params(method, path, headers, body, query)

        def param(name):
            return iam_actions._query_param(params, name)

        refused = refusal(param("Action"), param, headers, query)
        if refused:
            return iam._error(*refused, ns="sts")
        return await known_dispatch(method, path, headers, body, query, request_id)

    ministack._dispatch_service_request = dispatch


def simulate_principals():
    """IAM's policy simulator takes several resources, the context of the request, a name with a path, and the permissions boundary
    into account (IAM API, SimulatePrincipalPolicy)."""
    stores = {"user": (iam._users, iam_evaluator._gather_user_policies), "role": (iam._roles, iam_evaluator._gather_role_policies)}
    decisions = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}

    def members(params, name, part=""):
        number, found = 1, []
        while (value := iam._p(params, f"{name}.member.{number}{part}")) not in (None, ""):
            found.append(value)
            number += 1
        return found

    def simulate(params):
        arn, account = iam._p(params, "PolicySourceArn"), iam.get_account_id()
        kind, _, path = arn.split(":")[-1].partition("/")
        name = path.rsplit("/", 1)[-1]
        if kind not in stores or stores[kind][0].get_scoped(account, None, name) is None:
            return iam._error(404, "NoSuchEntity", f"The {kind} with name {name} cannot be found.", ns="iam")
        store, gather = stores[kind]
        policies, limits = gather(name, account), iam_evaluator._permissions_boundary(store, name, account)
        keys = members(params, "ContextEntries", ".ContextKeyName")
        given = {
            key.lower(): iam._p(params, f"ContextEntries.member.{number}.ContextKeyValues.member.1")
            for number, key in enumerate(keys, 1)
        }
        results = ""
        for action in members(params, "ActionNames"):
            for resource in members(params, "ResourceArns") or ["*"]:
                context = iam_evaluator.EvalContext(
                    arn,
                    "AssumedRole" if kind == "role" else "User",
                    account,
                    action,
                    resource,
                    iam.get_region(),
                    source_ip=given.get("aws:sourceip", ""),
                    secure_transport=given.get("aws:securetransport") == "true",
                    service_context=given,
                )
                decision = decisions[iam_evaluator.evaluate(context, policies, *limits).decision]
                results += (
                    f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{html.escape(resource)}</EvalResourceName>"
                    f"<EvalDecision>{decision}</EvalDecision></member>"
                )
        answer = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        name = "SimulatePrincipalPolicy"
        return iam._xml(200, f"{name}Response", f"<{name}Result>{answer}</{name}Result>", ns="iam")

    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate


iam_read = re.compile(rb"(?=(?:.*&)?Version=2010-05-08(?:&|$))(?:.*&)?Action=(?:Get|List)[A-Z]")


async def durable(scope, receive, send):
    """MiniStack saves its state only at a clean exit. Here each change is written before it is answered, so
    that a kill loses nothing that a client knows to be done, except unfinished multipart uploads. Objects are in
    separate files, which MiniStack writes at once."""
    host = dict(scope.get("headers", ())).get(b"host", b"").decode()
    _, _, key = f"{ministack._extract_s3_vhost_bucket(host) or ''}{scope.get('path', '')}".lstrip("/").partition("/")
    is_object = key and not scope["path"].startswith("/v20180820/")  # S3 Control's paths
    saved = scope.get("method") in ("GET", "HEAD") or is_object

    async def note_and_receive():
        nonlocal saved
        message = await receive()
        # IAM takes its calls in the bodies of POST requests, and most of them are reads.
        saved = saved or (scope.get("path") == "/" and iam_read.match(message.get("body", b"")))
        return message

    async def save_and_send(message):
        if message["type"] == "http.response.start" and not saved:
            persistence.save_all(ministack._build_persistence_save_dict())
        await send(message)

    await ministack.app(scope, note_and_receive, save_and_send)


def make_certificate():
    """A new one for each start: none can expire or be left behind by another version of this file."""
    certificate, key = str(folder / "certificate.pem"), str(folder / "certificate.key")
    settings = str(Path(__file__).with_name("certificate.cnf"))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "825", "-config", settings]
    try:
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit("The local AWS makes its certificate with the openssl command, which is not installed.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"openssl made no certificate:\n{error.stderr}")
    return certificate, key


def write_state_fast():
    """json.dump, by which MiniStack writes, takes three times as long as json.dumps for the same text."""

    def dump(value, file, default):
        file.write(json.dumps(value, default=default))

    persistence.json = SimpleNamespace(**{**vars(json), "dump": dump})


logging.getLogger("persistence").setLevel(logging.WARNING)  # otherwise a line per file and change
write_state_fast()
add_missing_lists()
check_upload_headers()
check_creations()
refuse_acls()
require_checksums()
lock_all_that_is_written()
keep_namespaces()
add_customer_encryption_key()
refuse_blocked_encryption()
limit_access_keys()
note_last_use()
hide_missing_objects()
hide_locks()
check_log_buckets()
deliver_access_logs()
wrap_s3_control_errors()
name_iam_resources()
limit_sessions()
simulate_principals()

# Not ministack.main(): it also takes port 443 when it serves https, and can't serve http alongside.
config = Config()
config.certfile, config.keyfile = make_certificate()
config.bind = [f"fd://{https.detach()}"]
config.insecure_bind = [f"fd://{http.detach()}"]
config.alpn_protocols = ["http/1.1"]  # as S3 and IAM do
config.keep_alive_timeout = 75  # longer than the SDKs keep an idle connection, so that none is closed in use

(folder / "listening.json").write_text(json.dumps(listening))
asyncio.run(serve(durable, config))
