package io.tallypost.intake.send;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The headers that give orders to a relay: further recipients, another account or address, time,
 * changes of the mail. Tallypost logs in at relays for all its tenants, so a mail must not have
 * such headers, unless its key allows them by name. Headers that only readers look at
 * (List-Unsubscribe, X-Priority, Feedback-ID) are not orders.
 */
public final class RelayHeaders {
  /** Ours: written by Tallypost alone, so that no key is ever allowed one. */
  private static final String OWN = "X-Tallypost-*";

  private static final List<Order> ORDERS =
      List.of(
          new Order(OWN, "Tallypost", "docs/tracing.md"),
          // Services.
          new Order(
              "X-SMTPAPI",
              "Twilio SendGrid, SendCloud",
              "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/building-an-x-smtpapi-header"),
          new Order(
              "X-MC-*",
              "Mailchimp Transactional (Mandrill)",
              "https://mandrill.zendesk.com/hc/en-us/articles/360039280433"),
          new Order("X-MSYS-*", "SparkPost", "https://developers.sparkpost.com/api/smtp/"),
          new Order("X-Sparkpost-*", "SparkPost", "https://developers.sparkpost.com/api/smtp/"),
          new Order(
              "X-Binding",
              "SparkPost Enterprise, Momentum",
              "https://support.sparkpost.com/docs/tech-resources/binding-groups"),
          new Order(
              "X-SES-*",
              "Amazon SES",
              "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html"),
          new Order(
              "X-Mailgun-*",
              "Mailgun",
              "https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/pass-sending-options"),
          new Order(
              "X-PM-*",
              "Postmark",
              "https://postmarkapp.com/developer/user-guide/send-email-with-smtp"),
          new Order(
              "X-Postmark-*",
              "Postmark",
              "https://postmarkapp.com/developer/user-guide/send-email-with-smtp"),
          new Order(
              "X-Mailjet-*", "Mailjet", "https://dev.mailjet.com/docs/smtp_relay/custom_headers"),
          new Order("X-MJ-*", "Mailjet", "https://dev.mailjet.com/docs/smtp_relay/custom_headers"),
          new Order(
              "X-SIB-*",
              "Brevo (Sendinblue)",
              "https://developers.brevo.com/docs/using-sandbox-mode-to-send-an-email"),
          new Order(
              "X-Mailin-*",
              "Brevo (Sendinblue)",
              "https://developers.brevo.com/docs/send-a-transactional-email"),
          new Order(
              "X-MT-*",
              "Mailtrap",
              "https://docs.mailtrap.io/email-api-smtp/advanced/custom-variables"),
          new Order(
              "X-ElasticEmail-*",
              "Elastic Email",
              "https://help.elasticemail.com/en/articles/2376848-how-to-manage-custom-headers"),
          new Order("X-xs*", "SocketLabs", "https://help.socketlabs.com/docs/message-mailing-ids"),
          new Order(
              "X-AliDM-*",
              "Alibaba Cloud Direct Mail",
              "https://www.alibabacloud.com/help/en/direct-mail/smtp-controls-the-specified-function-through-the-configuration-item-header"),
          new Order(
              "X-MS-ACSEmail-*",
              "Azure Communication Services",
              "learn.microsoft.com, Custom headers for Azure Email Communication Service"),
          new Order(
              "X-AuthUser",
              "MailChannels",
              "https://docs.mailchannels.com/outbound/mta/setup-exim"),
          new Order(
              "X-Clab-*",
              "Contactlab",
              "https://docs.contactlab.com/docs/development/smartrelay/using-smartrelay/email-headers"),
          new Order(
              "X-SMTPeter-*",
              "SMTPeter",
              "https://github.com/CopernicaMarketingSoftware/Documentation/blob/master/SMTPeter/en/smtp-headers.md"),
          new Order(
              "X-Cmail-*",
              "Campaign Monitor",
              "https://help.campaignmonitor.com/articles/Knowledge/classic-transactional-emails"),
          new Order(
              "X-CMP-*",
              "Campaigner",
              "https://knowledge.campaigner.com/article/346-smtp-relay-identifiers-reference-for-custom-headers"),
          new Order(
              "X-RM-*",
              "ReachMail",
              "http://www.reachmail.net/support/article/special-header-processing"),
          new Order(
              "X-SM-*", "Sendmachine", "https://developers.sendmachine.com/smtp_headers.html"),
          new Order(
              "X-Ignore-*", "Wooxy", "https://wooxy.com/knowledge-base/smtp-server/message-tag"),
          new Order(
              "X-Transactional-*",
              "EmailDelivery.com",
              "https://docs.emaildelivery.com/docs/transactional/transactional-smtp-relay"),
          new Order(
              "X-Auth-APIKey",
              "EmailDelivery.com",
              "https://docs.emaildelivery.com/docs/transactional/transactional-smtp-relay"),
          new Order("X-Unosend-*", "Unosend", "https://docs.unosend.co/guides/smtp"),
          new Order(
              "X-UNIONE-*", "UniOne", "https://docs.unione.io/en/web-api-ref, message.headers"),
          new Order(
              "X-APIHEADER",
              "Netcore (Pepipost)",
              "https://developers.pepipost.com/faqs/what-is-x-apiheader"),
          new Order(
              "X-LM-*", "Lettermint", "https://lettermint.co/docs/guides/send-email-with-smtp"),
          new Order(
              "X-Lettermint-*",
              "Lettermint",
              "https://lettermint.co/docs/guides/send-email-with-smtp"),
          new Order("X-MailPace-*", "MailPace", "https://docs.mailpace.com, X-MailPace-Tags"),
          new Order("X-OMS-*", "MailPace (OhMySMTP)", "https://docs.mailpace.com, X-OMS-Tags"),
          new Order("AhaSend-*", "AhaSend", "https://ahasend.com/docs, special headers"),
          new Order("Resend-*", "Resend", "https://resend.com/docs/send-with-smtp"),
          // Servers that people run themselves.
          new Order(
              "X-Postal-*",
              "Postal",
              "https://github.com/postalserver/postal, app/lib/message_dequeuer"),
          new Order(
              "X-GreenArrow-*",
              "GreenArrow Engine",
              "https://greenarrowemail.com/docs/greenarrow-engine/Injecting-Mail/Raw-Injection/Raw-Injection-Headers"),
          new Order(
              "X-Virtual-MTA",
              "PowerMTA, GreenArrow Engine",
              "PowerMTA User's Guide, directive process-x-virtual-mta"),
          new Order("X-Job", "PowerMTA", "PowerMTA User's Guide, directive process-x-job"),
          new Order("X-Envid", "PowerMTA", "PowerMTA User's Guide, directive process-x-envid"),
          new Order(
              "X-DKIM-Options",
              "PowerMTA",
              "PowerMTA User's Guide, dkim-sign, if-x-dkim-options-present"),
          new Order(
              "X-VMTA", "Haraka", "https://github.com/haraka/Haraka, docs/plugins/virtual_mta.md"),
          new Order(
              "X-Tenant",
              "KumoMTA",
              "https://docs.kumomta.com/userguide/configuration/queuemanagement/"),
          new Order(
              "X-Campaign",
              "KumoMTA, ReachMail",
              "https://docs.kumomta.com/userguide/configuration/queuemanagement/"),
          new Order(
              "X-Schedule",
              "KumoMTA",
              "https://docs.kumomta.com/reference/message/import_scheduling_header"),
          new Order(
              "X-MS-Exchange-Organization-*",
              "Microsoft Exchange",
              "https://technet.microsoft.com/en-us/library/bb232136(v=exchg.149).aspx"),
          new Order(
              "X-MS-Exchange-Forest-*",
              "Microsoft Exchange",
              "https://technet.microsoft.com/en-us/library/bb232136(v=exchg.149).aspx"));

  private static final String NAMES =
      ORDERS.stream().map(Order::name).collect(Collectors.joining(", "));

  private RelayHeaders() {}

  /**
   * Some headers that a relay obeys.
   *
   * @param name a header's name; a star at its end stands for any ending
   * @param relay who obeys it
   * @param source where its makers or their code document it; for a mere prefix, where they
   *     document their headers
   */
  record Order(String name, String relay, String source) {

    boolean matches(String header) {
      String lower = name.toLowerCase(Locale.ROOT);
      return lower.endsWith("*")
          ? header.startsWith(lower.substring(0, lower.length() - 1))
          : header.equals(lower);
    }
  }

  static List<Order> orders() {
    return ORDERS;
  }

  /** All names of the list, for people. */
  public static String names() {
    return NAMES;
  }

  /** Whether it is on the list. */
  public static boolean isOrder(String header) {
    return order(header).isPresent();
  }

  /** Whether a key can be allowed it: it is on the list and not our own. */
  public static boolean canBeAllowed(String header) {
    return order(header).filter(order -> !order.name().equals(OWN)).isPresent();
  }

  private static Optional<Order> order(String header) {
    String lower = header.toLowerCase(Locale.ROOT);
    return ORDERS.stream().filter(order -> order.matches(lower)).findFirst();
  }
}
