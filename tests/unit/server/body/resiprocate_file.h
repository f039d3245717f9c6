/*
 * resiprocate_file.h - bodies as reSIProcate 1.13 writes them, another S/MIME in SIP.
 *
 * No certificate and no attributes are in its signatures, which are bytes and no base64; it
 * encrypts with AES-128-CBC. Written once by its Security::sign() and Security::encrypt(); here
 * as base64 of the entity with its header lines.
 */
#ifndef TESTS_UNIT_SERVER_BODY_RESIPROCATE_FILE_H
#define TESTS_UNIT_SERVER_BODY_RESIPROCATE_FILE_H

static const char resiprocate_sdp[] = "v=0\r\n"
                                      "o=- 1 1 IN IP4 127.0.0.1\r\n"
                                      "s=-\r\n"
                                      "c=IN IP4 127.0.0.1\r\n"
                                      "t=0 0\r\n"
                                      "m=audio 40000 RTP/AVP 0\r\n"
                                      "a=rtpmap:0 PCMU/8000\r\n";

/* Who has signed. */
static const char resiprocate_alice[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDIDCCAgigAwIBAgIUS1BPRi+ZEK/srrRW5ugvIXRpyY8wDQYJKoZIhvcNAQEL\n"
    "BQAwEDEOMAwGA1UEAwwFYWxpY2UwIBcNMjYxMTI2MTU1OTE2WhgPMjEyNjExMDIx\n"
    "NTU5MTZaMBAxDjAMBgNVBAMMBWFsaWNlMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"
    "MIIBCgKCAQEAxfdxQ4RjX7U5Lx5Fq3TkPHGQNILQngX5kdIG6IKoeIhaxOju6tqG\n"
    "S6FWpHd56tx6AZ/73f7djUsFx5OApOr1KQp/lO+TAVF0K7RbgUUZDA8PllkB/pNw\n"
    "ptxACAqogmqHLJBImTj2EuNi5FXC629iHxrOxQzntFpDEapiwbly8DeYBUmUV5eG\n"
    "9Jqx8jSS/y5x5DKyNaoMwqwdPcGYHugCuVEz5fXPN1rb2T5fiONDhrUDdZN4GzwZ\n"
    "rcAfNn/4YUM7Kc+LwJ3RDgtlzgcrmMw2QUmKc0ymspR+fGfNxCjiClLy0cJWXCE9\n"
    "C8phlMCy2DDB08n2Pcx+mvCLGM2dzfQkxwIDAQABo3AwbjAdBgNVHQ4EFgQUVbUJ\n"
    "FUOB/7Ttvze/9h0dz1GdVPgwHwYDVR0jBBgwFoAUVbUJFUOB/7Ttvze/9h0dz1Gd\n"
    "VPgwDwYDVR0TAQH/BAUwAwEB/zAbBgNVHREEFDAShhBzaXA6YWxpY2VAcmFkdW5v\n"
    "MA0GCSqGSIb3DQEBCwUAA4IBAQChzXPtXGmdnSaBlMoBcXLQfFqtVkM49db3U/Nf\n"
    "qUKgac3u4EWG/z3Wt+waNEEMnpF2OagS8Z8crJXWUBVLF0tZQB8Mhx35ABuWwi+r\n"
    "4HRngZzLr1tiflq6dIUFclKWaRaLO/mdow48rj4lL/wQI+dTG0ghC0sGeziL1mMD\n"
    "mGUYTcE07xLjswXBN5h/+FoJsXXp+AUKVO95sxM85Hn1bhDYMpt8oHDyHeAQelH9\n"
    "CKgKO2zmr7LpoiMdzUpXoAmFO3qNfyZxJMyktLNTkjTYPDdhD4ioTuUWYFPKS8VU\n"
    "dDz9jPNEPQDi7WkWjvNZQE4MXNgub2O4IQJlQm9TRfG0dQyP\n"
    "-----END CERTIFICATE-----\n";

/* For whom it was encrypted. */
static const char resiprocate_server[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDHDCCAgSgAwIBAgIUZGb8Dok300nleLrb/Fu66fK7yl4wDQYJKoZIhvcNAQEL\n"
    "BQAwETEPMA0GA1UEAwwGcmFkdW5vMCAXDTI2MTEyNjE1NTkxNloYDzIxMjYxMTAy\n"
    "MTU1OTE2WjARMQ8wDQYDVQQDDAZyYWR1bm8wggEiMA0GCSqGSIb3DQEBAQUAA4IB\n"
    "DwAwggEKAoIBAQDjSirZrIRgzI5Mz4BMnZ4ajd/Lf0uP+hvk0GZKmiEk0Q7EGkAx\n"
    "Zr0eq1NyCABS9tnVu0fzuGRZgLS8zsdnqMonkzXidmVKNdt7MlmU3e0WX4q8NPSB\n"
    "NBb2MjT1GVdF7yiHhYidA8llMViEepxaSlVUkpIXJcnjF3kypnDIbGp44yHKOlSt\n"
    "OL2WYRLFWnjWakSoG/5hvoMZtyRAFc639nDelo0Xi0R6+z2RXoPUoBNP3n4YOlXQ\n"
    "DM/6pvtE/7RPB/s6hbZjWQ9Og6gfbLQjoJBBHvADtLnp1bGVX+ciBlaeNBc22AFb\n"
    "YuNBh3HpnBTmcRuKAyBMI++mIdN8QWG9LwjfAgMBAAGjajBoMB0GA1UdDgQWBBSC\n"
    "Sv87em2wXin/cTzIAUGjhKQHMTAfBgNVHSMEGDAWgBSCSv87em2wXin/cTzIAUGj\n"
    "hKQHMTAPBgNVHRMBAf8EBTADAQH/MBUGA1UdEQQOMAyGCnNpcDpyYWR1bm8wDQYJ\n"
    "KoZIhvcNAQELBQADggEBAF3RHOnUg9FRUGXqgl3puMr3jUY3/JzgzAtMLmnms/LQ\n"
    "vLW0Ki7A93yd84SuaS+C3tM7Tg+yuXoGocdLuKrZF9PbNowE5dy8Ohogd3DDKHLT\n"
    "RVsbxhi7ax6OvSUA51BsBfDxcEe2RD3NjUBnTKTnr4MpznQs9Pqb6wfPgFwlJJSP\n"
    "xuDnnAsyyRrsNUFjAA4VSyOVCa/DzMhT4RdcyY9ukXHL4bGrRrJuqTCJMEqA/4ty\n"
    "BpslBGE6Ov6OywbeobEexJHgxH0JgRKh/VUAPxAIHnhhEbUfkuSYsMgQo6BGXlSQ\n"
    "5flioR6GrXOyuxP2Ic5Zvcd37wFvt2cwMcplNu4NkEw=\n"
    "-----END CERTIFICATE-----\n"
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDjSirZrIRgzI5M\n"
    "z4BMnZ4ajd/Lf0uP+hvk0GZKmiEk0Q7EGkAxZr0eq1NyCABS9tnVu0fzuGRZgLS8\n"
    "zsdnqMonkzXidmVKNdt7MlmU3e0WX4q8NPSBNBb2MjT1GVdF7yiHhYidA8llMViE\n"
    "epxaSlVUkpIXJcnjF3kypnDIbGp44yHKOlStOL2WYRLFWnjWakSoG/5hvoMZtyRA\n"
    "Fc639nDelo0Xi0R6+z2RXoPUoBNP3n4YOlXQDM/6pvtE/7RPB/s6hbZjWQ9Og6gf\n"
    "bLQjoJBBHvADtLnp1bGVX+ciBlaeNBc22AFbYuNBh3HpnBTmcRuKAyBMI++mIdN8\n"
    "QWG9LwjfAgMBAAECggEAXCAOQT9jQqb20JxUePl0AXha6u00L+3ky3hK1dcmMvmH\n"
    "niWzujJV2m3/+xrSIs6KWc64qckl5387AsJfYZ0xHxxUfW+Wu58b0JIGbEgNloFw\n"
    "RrvCFPKLkgukmmnEjYST7WZLCrVjtp/rLHtUD2bMsmRcUYSQEXtMtSJwWVRUTZ2i\n"
    "oxbAHmVCae6i5zgsnFpaU0bJTGbzlYmqMCIFcesil6jKSFsHcQsyOkrBt2lAOkKb\n"
    "I031UIURpFHKCsPGAgi0oMetWYXMqJUI6XF5pGymji+vCOZ8j6vzgqxbNT33AqYE\n"
    "zCSoMScz6T0jn7Zh26OdEBDbB/VhlKvd8O9NnjxDEQKBgQD9yZh3+XN/qlDzYGr6\n"
    "l1344L7xGYE9tss1eknKlZlZRfwSZQVoZOO5tOghdFmLzGG0CDaRTtZUHo0F8Vud\n"
    "l+CtIF5wIywsQUtd22eAA2WmiV+ojY0cnasS0VEYpN+KYuLAFwhc1KKZMHRFV43A\n"
    "WLQJBAXoUi8Cv0AbNcrAPC8HEQKBgQDlRW8WCbAjWHBGgPb+GpctXLxJa/3C760z\n"
    "kgJMIo0A+rjFE5YsOrAoTCYp15cYgGtqDU5DPXRGywtINPPr3rPwvvUqAvK/jcjC\n"
    "A5TrNg+Bv1u7xyauFE8EuOimH0XqBPuBofy2iRRdR3jZSVtompSc850xG1dU0flg\n"
    "1oxPNzBw7wKBgHsM5ABH0thznAxlE3mtKsMhNXNxClkB6EVlpaG0J0ZByJaipJyZ\n"
    "TlEchfCymThPQJAp60tJDmJ67aWUAPfITAelSiTU6PYMMp6vYt+OxhqZQOhYubLG\n"
    "P8w/8TIhvsE6cPbyM/vOnYfpFncInJJGcARvDu416tVKJasLyeKrS6IBAoGAV8Jy\n"
    "OR9QOtdZcsNex/lpsMV0lS4vHnUb+UeEdZwsGRnfrCBJNXjpgSNU4GNTxN8zPo8F\n"
    "TBuz7H1APk12qOzAOAEAWypxvP0KwakZUceJvAKBnKkoly3S6V3WP/BslJ1/oClf\n"
    "UIe8MdBv48x+ntW82S8vFmL+1MrjCDxXzOK1OiUCgYEAwqydkBwg0aQRBYkxuv28\n"
    "GfglUl7q2qvDmimYmWopi0cjbZc/ZCsLxAIQU+eEwSDMGbcEPlXRS/Vlpuv2ZkL9\n"
    "UQDWReHpoC77g1s990R2nVMlZqWP5pE7kPg68m3Gb4WBNgB4okeMJsEjaLRWCidN\n"
    "TyKNSilmefLDMoGWih6/zV4=\n"
    "-----END PRIVATE KEY-----\n";

static const char resiprocate_signed[] =
    "Q29udGVudC1UeXBlOiBtdWx0aXBhcnQvc2lnbmVkO2JvdW5kYXJ5PWE3YTMxYjZjNmZiMTNiM2U7"
    "bWljYWxnPXNoYTI1Njtwcm90b2NvbD0iYXBwbGljYXRpb24vcGtjczctc2lnbmF0dXJlIg0KDQot"
    "LWE3YTMxYjZjNmZiMTNiM2UNCkNvbnRlbnQtVHlwZTogYXBwbGljYXRpb24vc2RwDQoNCnY9MA0K"
    "bz0tIDEgMSBJTiBJUDQgMTI3LjAuMC4xDQpzPS0NCmM9SU4gSVA0IDEyNy4wLjAuMQ0KdD0wIDAN"
    "Cm09YXVkaW8gNDAwMDAgUlRQL0FWUCAwDQphPXJ0cG1hcDowIFBDTVUvODAwMA0KDQotLWE3YTMx"
    "YjZjNmZiMTNiM2UNCkNvbnRlbnQtVHlwZTogYXBwbGljYXRpb24vcGtjczctc2lnbmF0dXJlO25h"
    "bWU9c21pbWUucDdzDQpDb250ZW50LURpc3Bvc2l0aW9uOiBhdHRhY2htZW50O2hhbmRsaW5nPXJl"
    "cXVpcmVkO2ZpbGVuYW1lPXNtaW1lLnA3cw0KQ29udGVudC1UcmFuc2Zlci1FbmNvZGluZzogYmlu"
    "YXJ5DQoNCjCCAYsGCSqGSIb3DQEHAqCCAXwwggF4AgEBMQ8wDQYJYIZIAWUDBAIBBQAwCwYJKoZI"
    "hvcNAQcBMYIBUzCCAU8CAQEwKDAQMQ4wDAYDVQQDDAVhbGljZQIUS1BPRi+ZEK/srrRW5ugvIXRp"
    "yY8wDQYJYIZIAWUDBAIBBQAwDQYJKoZIhvcNAQEBBQAEggEAjMePJN2BQkeIJQIlMkrZToDROJMO"
    "GIa7CSRN+/9zzQRagq2uZVJ2LHbQSJfPKeuUUqgZR3cltFdD3Mh612Uk12BPOdcgnT07kHPSptkx"
    "6OJ/nbuIvCnRXuX4PGz1Ein9CM4Lap6MCYfyoq+fRrXlhWBjsKuhL9DDPpuRFdozAC2JOKNa2wXx"
    "as6J7f/c8FAgcwaHln18zxxznT0x1fanrRremfL4yXnlPMhA6dl9rwe4i2cmQnex4+vmnu9pPnZC"
    "bfz/SKEGCFCS2n1e4l9qFxi5OnBXD9v2wEHOMpJ589uDzxAPG89VCcMZ0cDTiI+e56MSJP+t5V9U"
    "Uz/SAWf99Q0KLS1hN2EzMWI2YzZmYjEzYjNlLS0NCg==";

static const char resiprocate_signed_and_encrypted[] =
    "Q29udGVudC1UeXBlOiBhcHBsaWNhdGlvbi9wa2NzNy1taW1lO3NtaW1lLXR5cGU9ZW52ZWxvcGVk"
    "LWRhdGE7bmFtZT1zbWltZS5wN20NCkNvbnRlbnQtRGlzcG9zaXRpb246IGF0dGFjaG1lbnQ7aGFu"
    "ZGxpbmc9cmVxdWlyZWQ7ZmlsZW5hbWU9c21pbWUucDcNCkNvbnRlbnQtVHJhbnNmZXItRW5jb2Rp"
    "bmc6IGJpbmFyeQ0KDQowggURBgkqhkiG9w0BBwOgggUCMIIE/gIBADGCAUUwggFBAgEAMCkwETEP"
    "MA0GA1UEAwwGcmFkdW5vAhRkZvwOiTfTSeV4utv8W7rp8rvKXjANBgkqhkiG9w0BAQEFAASCAQCj"
    "o6pNorFKj2I4/5dwHBnS46kzhA4IhQsUcyrcD4zM7p9KlkCLYKeIKohtm8wq2dKi26tKZxqaiAqn"
    "KR/OrxTjWGvkd9GUJu6RxuJu8bbXr+4nwDivk8m1e73tZcKyCQe93ivCMLhAwhQKmtZuSxHM00v1"
    "YKUtvjZsFouCU4fk8/bhHAo5U3CJvu2AiDcZt+0uiIRzC/i4XXYHpqyLkRJPiN+kpkx1+dm5CNWu"
    "uAsY8VJNKy/WXzSQVkCYcPZHdqU8f9BcaSfSQKe2M61/L5ntewL+BaybgWKcCHQRJdhq3TPvTlEr"
    "N1Sl/J/YhLpjnVauFPxZYotX2Hbz8CwveFhlMIIDrgYJKoZIhvcNAQcBMB0GCWCGSAFlAwQBAgQQ"
    "qe62s03vTpwDb7jAb4DFnoCCA4CIUiYDwaO41RH2xvgu/MTBotHHnmjKdVA4VjxO5/N1wj1mmK8o"
    "bz9uu7bwAZpBm+a5tT3fkXHns5ew1K3v9tGDJ4Vj+ak9FcbvkZD8xINbHbKFMIZtDw5zXPAWMGLC"
    "BA5LoiHiz0SnUTfPClAWTeGNL9Cl/saZpMr6pH/pjGl3OAsS6rHdJNcKLFMtx/gTI5LIIbOoN17+"
    "9pstX/WB43d3Xb+YKI82UTS9lJZUrZj0zDDrE/xFoq9UdvttgJ+NLOQPlvD7dGxfHh9xVLpO9DBV"
    "PX7k+sEwV+1fXjbEaxjw1Zh9XFKVJBX0iI6Eq+3XOO6NplX4tPnlwwqNeBvvMYYznd+ymMmDUUgG"
    "bGjHmUtDbfptjgWi1jD2XwpVCGWSPniRKY+9ntguTDvWju7gLwEEBd9PAa5RVJvehScSBsnCk+fy"
    "EACVJ06ZInbYUQ0g8D0Nl6lenJQpLgu1mpu5R6A0K9n1OTtkaYmy9yTuRnYVnsFrbev/6dWytFVi"
    "XW3Iwc6GLQLKgyjxW1shJUmdGUeFeM+NutLJNYw7r77ZoG1XUXeD+zg3OHvAAVeu/Ing7/zUfd0v"
    "cNJlJtsKf0nJ0IWzJB3b/yc8OTWAwlbyfiZYmRFWsG8DdWUnzyMkuU7Z8ajYNhhb4+Ib7vj0Wtbp"
    "DHAfk8Y0ZOCkyFlixS5gmm9isqouuFZm+6dBjcRWPXwd0pPyCHlPwRyMSwYg0nWyscn2rnChZEFQ"
    "ApjQoNJuD0AImWx7dRHfOLMHifN0mMTwxTjmZJg3/UnrMjUnhgj1nf3BHQRGVcApUhh4a6P5NTmx"
    "e2aajEU3rzz9OEjpCGJetD0DXWQSR3iaFeT+NLdqFfoStL2ne6EOxrceylueQ7TDp09TQ+XUAL4y"
    "r7REg6Q9UZnOnqjirhoXV7zwKhAS/5umsI56jXKg+5JvjxA0X0wMffCJ6TnAtu6QkskLo2oHsaBW"
    "Yt/c6XgkvWGw8dWvxhI1dAw3mW/aYw/AFs59hKTHwtz0lXpfdgthkZYUYHpz+m+2AQemqSCjR8G2"
    "jYJGmtv19h0hqTP5UCvnSA10rO0EEZnMYobIZ7BMyzZHNl7zARLdHcIeIWJrLdH2EKmpihhNf8gC"
    "MuK2qMgZQPA8MtJOwCNPfGVYrGYZB7KZaRfU7WLBUZuwSwuQqor7UQ/cTJO3ZuNHoeKEX9bdDsU9"
    "4uZ4Gw==";

#endif
